package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) token() *cobra.Command {
	return group("token", "Which programs may use the API", c.tokenAdd(), c.tokenList(), c.tokenRevoke())
}

func (c *cli) tokenAdd() *cobra.Command {
	var role, expires string
	cmd := &cobra.Command{Use: "add NAME", Short: "Make a token for a program and print it once", Example: "  reoptin token add crm --role marketer --expires 1y", Args: cobra.ExactArgs(1),
		Long: `add makes a token with one role, which may do at the API what an account of that role
may do on the dashboard. It is printed this once; only its SHA-256 is kept. Who made
it, with which role and until when, is an entry of the ledger. A name is never given
twice, and a role never changes.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				t, err := a.AddToken(cmd.Context(), args[0], role, expires)
				if err != nil {
					return err
				}
				return c.print(t, func(w io.Writer) {
					fmt.Fprintf(w, "%s is added as %s%s\ntoken\t%s\n\nIt is shown this once.\n", t.Name, t.Role, until(t.ExpiresAt), t.Token)
				})
			})
		}}
	cmd.Flags().StringVar(&role, "role", "viewer", "viewer, marketer, approver, privacy-officer or administrator")
	cmd.Flags().StringVar(&expires, "expires", "", "last day on which it is good, or for how long, as 90d, 12mo or 1y (default: until it is revoked)")
	return cmd
}

func until(at string) string {
	if at == "" {
		return ""
	}
	return " until " + at
}

func (c *cli) tokenList() *cobra.Command {
	var p app.Page
	cmd := &cobra.Command{Use: "list", Short: "List the tokens", Example: "  reoptin token list", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				l, err := a.Tokens(cmd.Context(), p)
				if err != nil {
					return err
				}
				return c.print(l, func(w io.Writer) {
					fmt.Fprintln(w, "ID\tNAME\tROLE\tSTATE\tMADE BY\tADDED\tEXPIRES\tLAST USED")
					for _, t := range l.Tokens {
						fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Name, t.Role, t.State, t.MadeBy, t.CreatedAt, t.ExpiresAt, t.UsedOn)
					}
					more(w, l.Next)
				})
			})
		}}
	pageFlags(cmd, &p)
	return cmd
}

func (c *cli) tokenRevoke() *cobra.Command {
	var dry, yes bool
	cmd := &cobra.Command{Use: "revoke NAME|ID", Short: "Take a token back for good", Example: "  reoptin token revoke crm", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				if !dry {
					if err := c.confirm(yes, fmt.Sprintf("Revoke the token %s for good?", args[0])); err != nil {
						return err
					}
				}
				t, err := a.RevokeToken(cmd.Context(), args[0], dry)
				if err != nil {
					return err
				}
				return c.print(map[string]any{"id": t.ID, "name": t.Name, "revoked": !dry}, func(w io.Writer) {
					if dry {
						fmt.Fprintf(w, "%s can be revoked; nothing was done\n", t.Name)
					} else {
						fmt.Fprintf(w, "%s is revoked\n", t.Name)
					}
				})
			})
		}}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say whether it could be done, and do nothing")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

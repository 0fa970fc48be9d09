package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) user() *cobra.Command {
	return group("user", "Who may use the dashboard", c.userAdd(), c.userList(), c.userDisable(), c.userPassword(), c.userFactor())
}

// passwordFlag is where a password comes from; without it one is drawn and printed once.
func passwordFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "password-file", "", "read the password from the first line of this file, - for standard input (default: draw one and print it once)")
}

func readPassword(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return app.ReadPassword(path)
}

func (c *cli) userAdd() *cobra.Command {
	var role, file string
	cmd := &cobra.Command{Use: "add NAME", Short: "Make an account", Example: "  reoptin user add anna --role approver", Args: cobra.ExactArgs(1),
		Long: `add makes an account with one role: viewer, marketer, approver, privacy-officer or
administrator. Who was given which role is an entry of the ledger. A name is never
given twice, and a role never changes: new duties take a new account.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if role == "" {
				return misused(cmd, "--role is missing")
			}
			password, err := readPassword(file)
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				drawn, err := a.AddUser(cmd.Context(), args[0], role, password)
				if err != nil {
					return err
				}
				return c.print(map[string]string{"user": args[0], "role": role, "password": drawn}, func(w io.Writer) {
					fmt.Fprintf(w, "%s is added as %s\n", args[0], role)
					printDrawn(w, drawn)
				})
			})
		}}
	cmd.Flags().StringVar(&role, "role", "", "viewer, marketer, approver, privacy-officer or administrator")
	passwordFlag(cmd, &file)
	return cmd
}

// printDrawn shows a drawn password, the only time that anybody sees it.
func printDrawn(w io.Writer, drawn string) {
	if drawn != "" {
		fmt.Fprintf(w, "password\t%s\n\nIt is shown this once. It can be changed in the dashboard.\n", drawn)
	}
}

func (c *cli) userList() *cobra.Command {
	var p app.Page
	cmd := &cobra.Command{Use: "list", Short: "List the accounts", Example: "  reoptin user list", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				l, err := a.Users(cmd.Context(), p)
				if err != nil {
					return err
				}
				return c.print(l, func(w io.Writer) {
					fmt.Fprintln(w, "NAME\tROLE\tSTATE\tADDED\tLAST LOGIN")
					for _, u := range l.Users {
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.Name, u.Role, map[bool]string{false: "active", true: "disabled"}[u.Disabled], u.CreatedAt, u.LastLogin)
					}
					more(w, l.Next)
				})
			})
		}}
	pageFlags(cmd, &p)
	return cmd
}

func (c *cli) userDisable() *cobra.Command {
	var dry, yes bool
	cmd := &cobra.Command{Use: "disable NAME", Short: "End an account for good, and its sessions", Example: "  reoptin user disable anna", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				if !dry {
					if err := c.confirm(yes, fmt.Sprintf("Disable %s for good?", args[0])); err != nil {
						return err
					}
				}
				if err := a.DisableUser(cmd.Context(), args[0], dry); err != nil {
					return err
				}
				return c.print(map[string]any{"user": args[0], "disabled": !dry}, func(w io.Writer) {
					if dry {
						fmt.Fprintf(w, "%s can be disabled; nothing was done\n", args[0])
					} else {
						fmt.Fprintf(w, "%s is disabled\n", args[0])
					}
				})
			})
		}}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say whether it could be done, and do nothing")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (c *cli) userPassword() *cobra.Command {
	var file string
	cmd := &cobra.Command{Use: "password NAME", Short: "Give an account another password; all its sessions end", Example: "  reoptin user password anna", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := readPassword(file)
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				drawn, err := a.SetPassword(cmd.Context(), args[0], password)
				if err != nil {
					return err
				}
				return c.print(map[string]string{"user": args[0], "password": drawn}, func(w io.Writer) {
					fmt.Fprintf(w, "%s has a new password\n", args[0])
					printDrawn(w, drawn)
				})
			})
		}}
	passwordFlag(cmd, &file)
	return cmd
}

func (c *cli) userFactor() *cobra.Command {
	var dry, yes bool
	cmd := &cobra.Command{Use: "second-factor NAME --remove", Short: "Take away the second factor of an account whose phone is lost", Example: "  reoptin user second-factor anna --remove", Args: cobra.ExactArgs(1),
		Long: `second-factor --remove takes away the app that makes a person's codes, and the
recovery codes with it; all sessions of the account end. The password stays. Where a
second factor is needed, the person sets up another one at the next login. Nobody can
set one up for somebody else.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if remove, err := cmd.Flags().GetBool("remove"); err != nil || !remove {
				return misused(cmd, "--remove is missing")
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				if !dry {
					if err := c.confirm(yes, fmt.Sprintf("Let %s log in with the password alone?", args[0])); err != nil {
						return err
					}
				}
				if err := a.RemoveSecondFactor(cmd.Context(), args[0], dry); err != nil {
					return err
				}
				return c.print(map[string]any{"user": args[0], "second_factor": dry}, func(w io.Writer) {
					if dry {
						fmt.Fprintf(w, "the second factor of %s can be taken away; nothing was done\n", args[0])
					} else {
						fmt.Fprintf(w, "%s has no second factor any more\n", args[0])
					}
				})
			})
		}}
	cmd.Flags().Bool("remove", false, "take it away")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say whether it could be done, and do nothing")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

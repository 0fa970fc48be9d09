package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) campaignTest() *cobra.Command {
	var to, language string
	cmd := &cobra.Command{Use: "test NAME", Short: "Send one marked test message to a colleague; its link shows the form and records nothing",
		Long: `test sends one message of a campaign as it stands, with [TEST] in its subject. It is no
invitation and leaves no record. It is refused for everyone in the base and on the never-write list.`,
		Example: "  reoptin campaign test spring --to colleague@example.org", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to == "" {
				return misused(cmd, "--to ADDRESS is needed: it says who gets the test message")
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				if err := a.SendTest(cmd.Context(), args[0], language, to); err != nil {
					return err
				}
				return c.print(map[string]any{"campaign": args[0], "sent": true}, func(w io.Writer) {
					fmt.Fprintf(w, "the relay took the test message\n")
				})
			})
		}}
	cmd.Flags().StringVar(&to, "to", "", "who gets it (needed)")
	cmd.Flags().StringVar(&language, "language", "", "language of the message (default the campaign's first)")
	return cmd
}

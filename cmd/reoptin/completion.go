package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// completion prints what a shell reads to complete commands and flags. The library would add commands of its own for
// it, which know neither --json nor a wrong name.
func (c *cli) completion(root *cobra.Command) *cobra.Command {
	return group("completion", "Print the completion for a shell",
		c.shell("bash", "bash", "> /etc/bash_completion.d/reoptin", root.GenBashCompletionV2),
		c.shell("zsh", "zsh", `> "${fpath[1]}/_reoptin"`, func(w io.Writer, described bool) error {
			if described {
				return root.GenZshCompletion(w)
			}
			return root.GenZshCompletionNoDesc(w)
		}),
		c.shell("fish", "fish", "> ~/.config/fish/completions/reoptin.fish", root.GenFishCompletion),
		c.shell("powershell", "PowerShell", "| Out-String | Invoke-Expression", func(w io.Writer, described bool) error {
			if described {
				return root.GenPowerShellCompletionWithDesc(w)
			}
			return root.GenPowerShellCompletion(w)
		}))
}

func (c *cli) shell(name, title, loaded string, script func(w io.Writer, described bool) error) *cobra.Command {
	var bare bool
	cmd := &cobra.Command{Use: name, Short: "Print the completion for " + title, Args: cobra.NoArgs, ValidArgsFunction: cobra.NoFileCompletions,
		Example: "  reoptin completion " + name + " " + loaded,
		RunE: func(*cobra.Command, []string) error {
			var b strings.Builder
			if err := script(&b, !bare); err != nil {
				return err
			}
			return c.text(b.String())
		}}
	cmd.Flags().BoolVar(&bare, "no-descriptions", false, "complete without saying what each is for")
	return cmd
}

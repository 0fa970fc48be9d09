package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
	"github.com/reoptin/reoptin/internal/config"
)

func (c *cli) serve() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve the consent forms and send what may be sent, until SIGTERM",
		Example: "  reoptin serve", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			level := levelOf(cfg.Log.Level)
			if c.verbose {
				level = levelOf("debug")
			}
			a, err := app.Open(cmd.Context(), cfg, app.Surroundings{Log: c.logAt(cfg, level), Clock: c.clock})
			if err != nil {
				return err
			}
			defer a.Close()
			return a.Serve(cmd.Context(), func(url string) { c.note("serving on %s", url) })
		},
	}
}

func (c *cli) demo() *cobra.Command {
	var o app.DemoOptions
	cmd := &cobra.Command{
		Use: "demo", Short: "Try the whole product on made-up people, in one process",
		Long: `demo imports and audits a made-up base, prepares one campaign and starts an embedded
mail server that catches every message, so that nothing leaves this machine. One
button, or one printed command, starts the campaign; the messages are read in the
inbox page. Ctrl-C ends it and leaves nothing behind, unless --dir is given.`,
		Example: "  reoptin demo\n  reoptin demo --contacts 500 --dir /tmp/reoptin-demo", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Log, o.Clock = c.logAt(config.Default(), slog.LevelError), c.clock
			started := c.clock()
			return app.Demo(cmd.Context(), o, func(d app.DemoReady) {
				fmt.Fprintf(c.out, "\nThe demo is ready (%.1f s).\n\n  Start here   %s\n  Inbox        %s\n\nOr start the campaign from another terminal:\n\n  %s\n\nCtrl-C ends the demo%s.\n",
					c.clock().Sub(started).Round(100*time.Millisecond).Seconds(), d.Start, d.Inbox, d.Command, d.Leaves)
			})
		},
	}
	cmd.Flags().StringVar(&o.Listen, "listen", "127.0.0.1:8080", "where to listen; only loopback addresses")
	cmd.Flags().StringVar(&o.Dir, "dir", "", "keep the demo's files here (default: a temporary folder, removed at the end)")
	cmd.Flags().IntVar(&o.Contacts, "contacts", 2000, "how many people to make up")
	return cmd
}

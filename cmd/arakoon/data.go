package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// dataVerbs are the everyday verbs.
func (a *app) dataVerbs() []*cobra.Command {
	return []*cobra.Command{
		a.getVerb(), a.setVerb(), a.deleteVerb(), a.deletePrefixVerb(), a.testAndSetVerb(),
		a.rangeVerb(), a.prefixVerb(), a.sequenceVerb(),
	}
}

// freshness are the flags of reads.
type freshness struct {
	local   bool
	atLeast int64
}

func (f *freshness) add(c *cobra.Command) {
	c.Flags().BoolVar(&f.local, "local", false, "any node may answer, however stale it is")
	c.Flags().Int64Var(&f.atLeast, "at-least", 0, "any node may answer that has applied the log up to this stamp")
	c.MarkFlagsMutuallyExclusive("local", "at-least")
}

func (f *freshness) options() []client.ReadOption {
	switch {
	case f.local:
		return []client.ReadOption{client.Local()}
	case f.atLeast > 0:
		return []client.ReadOption{client.AtLeast(client.Stamp(f.atLeast))}
	}
	return nil
}

func (a *app) getVerb() *cobra.Command {
	var fresh freshness
	var raw bool
	c := &cobra.Command{
		Use:   "get KEY",
		Short: "print the value of a key",
		Long:  "Print the value of a key, and a line end unless --raw. An absent key: exit code 3.",
		Example: `  arakoon get colour
  arakoon get picture --raw > picture.png
  arakoon get colour --output json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := a.key(args[0])
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.Client, _ *ini.Config) error {
				value, err := c.Get(ctx, key, fresh.options()...)
				if err != nil {
					return err
				}
				return a.printValue(key, value, raw)
			})
		},
	}
	fresh.add(c)
	c.Flags().BoolVar(&raw, "raw", false, "print the bytes of the value and nothing else")
	return c
}

func (a *app) printValue(key string, value []byte, raw bool) error {
	if a.isJSON() {
		o := object{}
		a.put(o, "key", []byte(key))
		a.put(o, "value", value)
		return a.json(o)
	}
	if raw || !a.flags.hex && !a.flags.base64 {
		if _, err := a.out.Write(value); err != nil || raw {
			return err
		}
		_, err := fmt.Fprintln(a.out)
		return err
	}
	_, err := fmt.Fprintln(a.out, a.show(value))
	return err
}

// done ends an update: nothing in text, {"ok":true} in JSON.
func (a *app) done(err error) error {
	if err != nil || !a.isJSON() {
		return err
	}
	return a.json(object{"ok": true})
}

func (a *app) setVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "set KEY VALUE",
		Short: "store a value",
		Long:  "Store a value. The value - is all of standard input, byte for byte.",
		Example: `  arakoon set colour green
  arakoon set picture - < picture.png
  arakoon set --hex 00ff cafe`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := a.key(args[0])
			if err != nil {
				return err
			}
			value, err := a.value(args[1])
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.Client, _ *ini.Config) error {
				return a.done(c.Set(ctx, key, value))
			})
		},
	}
}

func (a *app) deleteVerb() *cobra.Command {
	return &cobra.Command{
		Use:     "delete KEY",
		Short:   "remove a key",
		Long:    "Remove a key. An absent key: exit code 3.",
		Example: "  arakoon delete colour",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := a.key(args[0])
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.Client, _ *ini.Config) error {
				return a.done(c.Delete(ctx, key))
			})
		},
	}
}

func (a *app) deletePrefixVerb() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "delete-prefix PREFIX",
		Short: "remove all keys with a prefix, print how many",
		Long: `Remove all keys with a prefix, and print how many they were. The empty prefix, which
removes everything, needs --yes.`,
		Example: `  arakoon delete-prefix tmp/
  arakoon delete-prefix "" --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			prefix, err := a.key(args[0])
			if err != nil {
				return err
			}
			if prefix == "" && !yes {
				return &usageError{"the empty prefix removes every key: say so with --yes"}
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.Client, _ *ini.Config) error {
				n, err := c.DeletePrefix(ctx, prefix)
				if err != nil {
					return err
				}
				if a.isJSON() {
					return a.json(object{"deleted": n})
				}
				_, err = fmt.Fprintln(a.out, n)
				return err
			})
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "really remove everything")
	return c
}

// errNotSwapped: the value was not the expected one.
var errNotSwapped = fmt.Errorf("the value is not the expected one; nothing was changed: %w", client.ErrAssertionFailed)

func (a *app) testAndSetVerb() *cobra.Command {
	var absent, remove bool
	c := &cobra.Command{
		Use:   "test-and-set KEY [EXPECTED] [WANTED]",
		Short: "store a value if the present one is as expected",
		Long: `Store WANTED if the value of KEY is EXPECTED. With --absent the key must be absent
and EXPECTED is left out; with --delete the key is removed and WANTED is left out.
Prints the value before. If it was not the expected one the exit code is 4.`,
		Example: `  arakoon test-and-set colour green blue
  arakoon test-and-set colour --absent green
  arakoon test-and-set colour green --delete`,
		Args: func(_ *cobra.Command, args []string) error {
			want := 3
			if absent {
				want--
			}
			if remove {
				want--
			}
			if len(args) != want {
				return fmt.Errorf("test-and-set takes %d arguments here, %d given", want, len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := a.key(args[0])
			if err != nil {
				return err
			}
			expected, rest, err := a.optional(args[1:], !absent)
			if err != nil {
				return err
			}
			wanted, _, err := a.optional(rest, !remove)
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.Client, _ *ini.Config) error {
				before, err := c.TestAndSet(ctx, key, expected, wanted)
				if err != nil {
					return err
				}
				return a.printSwap(key, before, before.Some == expected.Some && string(before.Bytes) == string(expected.Bytes))
			})
		},
	}
	c.Flags().BoolVar(&absent, "absent", false, "the key is expected to be absent")
	c.Flags().BoolVar(&remove, "delete", false, "remove the key instead of storing a value")
	return c
}

// optional takes a value from args if there is one to be.
func (a *app) optional(args []string, present bool) (client.Option, []string, error) {
	if !present {
		return client.None, args, nil
	}
	v, err := a.value(args[0])
	return client.Some(v), args[1:], err
}

func (a *app) printSwap(key string, before client.Option, swapped bool) error {
	var err error
	if a.isJSON() {
		o := object{"swapped": swapped, "existed": before.Some}
		a.put(o, "key", []byte(key))
		if before.Some {
			a.put(o, "before", before.Bytes)
		}
		err = a.json(o)
	} else if before.Some {
		_, err = fmt.Fprintln(a.out, a.show(before.Bytes))
	}
	if !swapped {
		err = errors.Join(err, errNotSwapped)
	}
	return err
}

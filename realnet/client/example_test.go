package client_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openvstorage/arakoon-go/realnet/client"
)

func nodes() []client.Node {
	return []client.Node{
		{Name: "arakoon_0", Addresses: []string{"10.0.0.1:26400"}},
		{Name: "arakoon_1", Addresses: []string{"10.0.0.2:26400"}},
		{Name: "arakoon_2", Addresses: []string{"10.0.0.3:26400"}},
	}
}

// New needs no cluster: it checks what it is told, and nothing else.
func ExampleNew() {
	_, err := client.New(client.Config{Cluster: "ricky", Nodes: []client.Node{{Name: "n0", Addresses: []string{"localhost"}}}})
	fmt.Println(err)
	c, err := client.New(client.Config{Cluster: "ricky", Nodes: nodes()})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Close())
	// Output:
	// arakoon: node "n0": address "localhost" is not host:port
	// <nil>
}

// An update whose outcome is unknown is the caller's to judge.
func ExampleClient_Set() {
	c, err := client.New(client.Config{Cluster: "ricky", Nodes: nodes()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	switch err := c.Set(ctx, "key", []byte("value")); {
	case err == nil: // a majority of the nodes has it on disk
	case errors.Is(err, client.ErrOutcomeUnknown): // set is harmless twice: repeat it, or read
	case client.Retryable(err): // nothing happened
	default:
		fmt.Println(err)
	}
}

// A sequence is executed in full or not at all.
func ExampleSequence() {
	s := client.NewSequence().
		DeletePrefix("tmp/").
		Assert("balance/ada", client.Some([]byte("10"))).
		Set("balance/ada", []byte("7")).
		Set("balance/bob", []byte("3"))
	fmt.Println(s.Len())
	// Output: 4
}

// Scan walks through a range of any size in pages.
func ExampleClient_Scan() {
	c, err := client.New(client.Config{Cluster: "ricky", Nodes: nodes()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	for entry, err := range c.Scan(ctx, client.Prefix("user/").Reversed()) {
		if err != nil {
			fmt.Println(errors.Is(err, client.ErrNoMaster))
			break
		}
		fmt.Println(entry.Key)
	}
	// Output: true
}

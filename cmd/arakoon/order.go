package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/adminport"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// order posts an order to one node after the other until one takes it: most can
// be given to the master only, and it may just be changing.
func order(ctx context.Context, cfg *ini.Config, path string) (node string, err error) {
	var errs []error
	for i := range cfg.Nodes {
		n := &cfg.Nodes[i]
		if n.Learner || n.Witness || n.AdminPort == 0 {
			continue
		}
		_, err := adminport.Ask(ctx, cfg.ClusterID, http.MethodPost, n, path)
		if err == nil {
			return n.Name, nil
		}
		var refused *adminport.Refusal
		if errors.As(err, &refused) && refused.Status == http.StatusBadRequest {
			return "", err // it would be wrong everywhere
		}
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		return "", &usageError{"no node has an admin_port in the configuration; this verb needs one"}
	}
	return "", errors.Join(errs...)
}

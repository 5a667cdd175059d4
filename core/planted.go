//go:build planted

package core

// A planted build takes sim/planted over the sources, this file among them: see
// "go doc ./cmd/planted", or take "make planted".
var _ = plantedBuildsNeedTheOverlay_see_make_planted

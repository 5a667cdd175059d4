// Package core is the protocol of Arakoon: a pure function of (state, now,
// input).
package core

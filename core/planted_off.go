//go:build !planted

package core

// Planted is false: planted bugs exist only under the build tag "planted".
func Planted(Bug) bool { return false }

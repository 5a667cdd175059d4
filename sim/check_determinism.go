package sim

// Repeats is check K18: two runs of one seed with the same options are the same,
// event by event. It returns nil, or how they differ.
func Repeats(a, b *Result) *Failure {
	v := sameRun(a, b)
	if v == nil {
		return nil
	}
	f := &Failure{Check: v.check, At: min(a.Virtual, b.Virtual), Text: v.text}
	for _, own := range []*Failure{a.Failure, b.Failure} {
		if own != nil {
			f.Text += "; one of them failed: " + own.String()
		}
	}
	return f
}

func sameRun(a, b *Result) *violation {
	switch {
	case a.Seed != b.Seed || a.Options != b.Options:
		panic("sim: two runs that are not of one seed and one set of options")
	case a.Hash != b.Hash:
		return violated("K18", "hash %016x after %d events, the second time %016x after %d", a.Hash, a.Stats.Events, b.Hash, b.Stats.Events)
	case a.Stats != b.Stats || a.Faults != b.Faults || a.Virtual != b.Virtual:
		return violated("K18", "the events are the same, what they were counted as is not")
	case (a.Failure == nil) != (b.Failure == nil):
		return violated("K18", "the events are the same, the verdict is not")
	default:
		return nil
	}
}

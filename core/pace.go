package core

import "time"

// pace adapts how many instances a master keeps in flight. While one is on its
// way, everything that arrives gathers for the next; so with fast peers one or
// two in flight batch best, and with slow ones more of them keep a lone update
// from waiting for a whole round trip.
type pace struct {
	toSync   time.Duration // smoothed: from proposing to durable in the own log
	toChoose time.Duration // smoothed: from proposing to chosen
}

func (p *pace) synced(d time.Duration) { p.toSync = smooth(p.toSync, d) }
func (p *pace) chosen(d time.Duration) { p.toChoose = smooth(p.toChoose, d) }

// smooth is a running mean over about eight samples.
func smooth(mean, d time.Duration) time.Duration {
	if mean == 0 {
		return d
	}
	return mean + (d-mean)/8
}

// window is how often the own log could be synced until an instance is chosen,
// and one more, between 2 and MaxWindow.
func (p *pace) window() int {
	if p.toSync <= 0 {
		return DefaultWindow
	}
	return max(DefaultWindow, min(1+int(p.toChoose/p.toSync), MaxWindow))
}

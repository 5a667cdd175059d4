package explore

import (
	"encoding/binary"

	"github.com/openvstorage/arakoon-go/core"
)

// Time stands still at the instant at. What a node has set to go off later may go
// off at any moment, or never: the explorer loads the node with that one timer due.
const (
	at    = core.Instant(1) << 42
	later = at + core.Instant(1)<<50
)

// words are the numbers that core.Node.AppendTimers writes, by place: the
// generator of the jitter, now, then the instants. Behind them come two means of
// the pace, eight lease rounds, and per proposal, heir and peer an instant.
const (
	wordJitter = iota
	wordNow
	wordProbe
	wordNotice
	wordLeft
	wordLift
	wordFetch
	wordStand
	wordAbstain
	wordRetry
	wordGiveUp
	wordFit
	wordHandUntil
	wordHandPush
	wordHandNotBefore
	wordByeAt
	wordByeUntil
	wordGrantEnd
	wordQuietEnd
	wordLeaseEnd
	wordBeat
	wordMustBy
	wordPoint
	wordToSync
	wordToChoose
	wordRounds
	wordsPerRound = 3
	leaseRounds   = 8
	wordLists     = wordRounds + wordsPerRound*leaseRounds
)

// rest says what an instant is when its timer doesn't go off.
type rest uint8

const (
	asleep rest = iota // set or not makes no difference: later
	unset              // never
	kept               // never if it was never, else later
	over               // whatever waits for it needn't wait: any wait may have ended
	epoch              // a moment that was noted: now, or none
)

// rests by word. A grant to another has always run out, and no lease counts: see
// doc.go for what that leaves to others.
var rests = [wordToSync]rest{
	wordProbe: unset, wordNotice: kept, wordLeft: asleep, wordLift: asleep, wordFetch: kept,
	wordStand: asleep, wordAbstain: over, wordRetry: asleep, wordGiveUp: asleep, wordFit: unset,
	wordHandUntil: asleep, wordHandPush: asleep, wordHandNotBefore: over,
	wordByeAt: asleep, wordByeUntil: asleep,
	wordGrantEnd: over, wordQuietEnd: over, wordLeaseEnd: over,
	wordBeat: asleep, wordMustBy: asleep, wordPoint: over,
}

// settle brings what AppendTimers wrote into the form in which equal bytes mean
// equal behaviour.
func settle(timers []byte, nodes int) {
	put := func(word int, v core.Instant) { binary.LittleEndian.PutUint64(timers[8*word:], uint64(v)) }
	get := func(word int) core.Instant { return core.Instant(binary.LittleEndian.Uint64(timers[8*word:])) }
	put(wordJitter, 0)
	put(wordNow, at)
	for word := wordProbe; word < wordToSync; word++ {
		put(word, rests[word].of(get(word)))
	}
	put(wordToSync, 0)
	put(wordToChoose, 0)
	words := len(timers) / 8
	for word := wordLists; word < words; word++ {
		put(word, epoch.of(get(word)))
	}
	for word := words - nodes; word < words; word++ { // peers that owe an answer
		put(word, 0)
	}
}

func (r rest) of(t core.Instant) core.Instant {
	switch r {
	case unset:
		return core.Never
	case kept:
		if t == core.Never {
			return core.Never
		}
		return later
	case over:
		return 0
	case epoch:
		return min(t, at)
	case asleep:
		return later
	default:
		panic("explore: no such rest")
	}
}

// alarm is a timer that the explorer lets go off.
type alarm struct {
	name string
	word int
}

// The alarms. The others only repeat messages, which the network keeps anyway.
var alarms = [...]alarm{
	{"stands for election", wordStand},
	{"ends its try", wordGiveUp},
	{"tells its commit index", wordNotice},
	{"raises its ballot", wordLift},
	{"gives up its mastership", wordMustBy},
	{"asks the next node for entries", wordFetch},
	{"sends a heartbeat", wordBeat},
	{"ends its wait for a successor", wordHandUntil},
}

// goesOff returns the timers with that one due.
func goesOff(timers []byte, word int) []byte {
	due := append([]byte(nil), timers...)
	binary.LittleEndian.PutUint64(due[8*word:], 0)
	return due
}

package sim

import "github.com/openvstorage/arakoon-go/core"

// eventKind says what happens at an event.
type eventKind uint8

const (
	evStart         eventKind = 1 + iota // a process starts
	evTurn                               // a node takes its inputs and flushes
	evWake                               // a node's timer
	evDeliver                            // a frame arrives at a node
	evJob                                // a job has run
	evDie                                // a process dies
	evResume                             // a paused process goes on
	evFaultSlot                          // a fault slot begins
	evFault                              // what was drawn for it happens
	evEndCut                             // a partition ends
	evRate                               // a clock changes its rate
	evClient                             // a client issues its next operation
	evRequest                            // a request arrives at a node
	evAnswer                             // an answer arrives at a client
	evClientTimeout                      // a client gives up waiting
	evHeal                               // all faults end
	evProbe                              // the liveness phase looks whether all is well
	evScript                             // a step of a scenario
)

var eventNames = [...]string{"", "start", "turn", "wake", "deliver", "job", "die", "resume", "fault-slot", "fault", "end-cut", "rate",
	"client", "request", "answer", "client-timeout", "heal", "probe", "script"}

func (k eventKind) String() string { return eventNames[k] }

// event is one thing that happens at one true time. Which fields count depends
// on its kind.
type event struct {
	at    int64
	kind  eventKind
	node  uint8  // or client
	from  uint8  // of a frame
	life  uint32 // of the node when the event was made: it is void in another life
	lives uint32 // of the sender, for frames
	n     uint32 // ordinal or generation
	frame []byte
	mark  frameMark // of a frame
	cut   *cut
	job   *runningJob
	req   *request
	run   func() // evScript
}

// MaxNodes bounds the nodes of a world.
const MaxNodes = 7

// nodeName returns the configured name of a node.
func nodeName(seat core.Seat) string { return "n" + string('0'+rune(seat)) }

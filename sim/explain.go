package sim

import (
	"io"

	"github.com/openvstorage/arakoon-go/model"
)

// meanings say in plain words what has gone wrong when a check fires.
var meanings = map[string]string{ // looked up, never ranged over
	"K1":     "Two different values were chosen for one instance: nodes will disagree about what happened, for ever.",
	"K2":     "A node's disk went back on a promise: it now says less than it once said durably, or took a value below its promise.",
	"K3":     "A node told others, or a client, something that its disk did not hold yet: a power loss would have made it a lie.",
	"K4":     "One ballot has two values for one instance: two proposers used the same ballot, or one of them changed its mind.",
	"K5":     "A proposal does not follow from its promises: another value might have been chosen there before.",
	"K6":     "Something that was chosen is no longer held by enough disks: one more loss, and it is gone.",
	"K7":     "A node takes something for chosen that is not, or that was chosen with another value.",
	"K8":     "A node did not execute the log in order, each instance once.",
	"K9":     "Two nodes executed the same instances and came to different states.",
	"K10":    "What the log gives back is not what was durable in it.",
	"K11":    "Between checkpoint and log there is a gap: after a restart, something would be missing.",
	"K12":    "Two nodes would answer consistent reads at the same instant of true time: one of them with old data.",
	"K13":    "What clients saw has no explanation: no order of their operations gives these answers.",
	"K16":    "All faults had ended, and the cluster did not recover in the time it has for that, or it made a storm.",
	"K17":    "A request was not answered as it should: too late, not at all, or with a refusal that is not true.",
	"K18":    "The same seed gave two different runs: something depends on more than the seed.",
	"K19":    "A node took a step that the specification of the protocol does not have, or ended it in another state.",
	"K20":    "A process used more than its bounds: it spins, or something of it grows without limit.",
	"JUDGES": "Two ways to judge what clients saw disagree: one of them is wrong.",
	"ROLE":   "A node leads that must not.",
	"LOC":    "An update was acknowledged that not every datacentre holds, although the rule says so.",
	"HAND":   "A master that handed over left updates in doubt, or what it gave back was granted again.",
	"PANIC":  "The code found itself in a state that must not be, and stopped.",
}

// Means says in plain words what it means when a check fires; "" if nobody has said it.
func Means(check string) string { return meanings[check] }

// Words says the decisions of the recording, one by one.
func (r *Recording) Words() []string {
	g := newWording(r.Options)
	out := make([]string, len(r.Decisions))
	for i, d := range r.Decisions {
		out[i] = g.say(d)
	}
	return out
}

// Picture writes porcupine's page of the part of the history that has no order, and
// returns the calls of that part; nothing if the whole has one.
func (t *Timeline) Picture(to io.Writer) ([]Call, error) {
	report := model.Check(t.w.history.ops, judgeFor)
	var calls []Call
	for _, op := range report.Failed {
		calls = append(calls, Call{Client: op.Client, Begin: op.Call, End: op.Return, Text: op.String()})
	}
	return calls, report.Visualize(to)
}

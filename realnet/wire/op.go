package wire

import "fmt"

// Magic marks the prologue (compared for equality) and every command word
// (tested bit by bit, as the original does).
const Magic uint32 = 0xb1ff0000

// Version is the only protocol version there is.
const Version int32 = 1

// Op is the opcode of a command.
type Op uint16

// The commands.
const (
	OpPing                   Op = 0x01
	OpWhoMaster              Op = 0x02
	OpExists                 Op = 0x07
	OpGet                    Op = 0x08
	OpSet                    Op = 0x09
	OpDelete                 Op = 0x0a
	OpRange                  Op = 0x0b
	OpPrefixKeys             Op = 0x0c
	OpTestAndSet             Op = 0x0d
	OpLastEntries            Op = 0x0e
	OpRangeEntries           Op = 0x0f
	OpSequence               Op = 0x10
	OpMultiGet               Op = 0x11
	OpExpectProgressPossible Op = 0x12
	OpStatistics             Op = 0x13
	OpCollapseTLogs          Op = 0x14
	OpUserFunction           Op = 0x15
	OpAssert                 Op = 0x16
	OpSetInterval            Op = 0x17
	OpGetRouting             Op = 0x18
	OpSetRouting             Op = 0x19
	OpGetKeyCount            Op = 0x1a
	OpGetDB                  Op = 0x1b
	OpConfirm                Op = 0x1c
	OpGetFringe              Op = 0x1d
	OpGetInterval            Op = 0x1e
	OpSetNurseryCfg          Op = 0x1f
	OpGetNurseryCfg          Op = 0x20
	OpSetRoutingDelta        Op = 0x21
	OpMigrateRange           Op = 0x22
	OpRevRangeEntries        Op = 0x23
	OpSyncedSequence         Op = 0x24
	OpOptDB                  Op = 0x25
	OpDefragDB               Op = 0x26
	OpDeletePrefix           Op = 0x27
	OpVersion                Op = 0x28
	OpAssertExists           Op = 0x29
	OpDropMaster             Op = 0x30
	OpMultiGetOption         Op = 0x31
	OpCurrentState           Op = 0x32
	OpReplace                Op = 0x33
	OpLastEntries2           Op = 0x40
	OpNop                    Op = 0x41
	OpFlushStore             Op = 0x42
	OpGetTxID                Op = 0x43
	OpCopyDBToHead           Op = 0x44
	OpUserHook               Op = 0x45
	OpLastEntries3           Op = 0x46
)

// String returns the command's name as Arakoon's texts spell it.
func (o Op) String() string {
	if l := layoutOf(o); l != nil {
		return l.name
	}
	return fmt.Sprintf("OP_%x", uint16(o))
}

// Known reports whether Arakoon has the command.
func (o Op) Known() bool { return layoutOf(o) != nil }

// Supported reports whether this implementation serves the command; the others
// that are known are refused with CodeNotSupported as soon as their word is read.
func (o Op) Supported() bool {
	l := layoutOf(o)
	return l != nil && l.served
}

// field is the type of one field of a command.
type field uint8

const (
	fieldString      field = iota
	fieldOption            // option<string>
	fieldBool              // 00 or 01
	fieldInt32             // i32
	fieldConsistency       // 00, 01, or 02 and a stamp
	fieldStrings           // list<string>
)

// layout says how a command looks and what becomes of a malformed one.
type layout struct {
	name   string
	served bool
	// told: a malformed field is answered with an error before the connection
	// closes; else it closes without a word. (The original parses some commands
	// inside its error handler and some outside.)
	told   bool
	fields []field
}

var rangeFields = []field{fieldConsistency, fieldOption, fieldBool, fieldOption, fieldBool, fieldInt32}

// layouts has one line per command that Arakoon knows. The fields of commands
// that are not served are not read.
var layouts = map[Op]*layout{
	OpPing:                   {"PING", true, true, []field{fieldString, fieldString}},
	OpWhoMaster:              {"WHO_MASTER", true, true, nil},
	OpExists:                 {"EXISTS", true, false, []field{fieldConsistency, fieldString}},
	OpGet:                    {"GET", true, false, []field{fieldConsistency, fieldString}},
	OpSet:                    {"SET", true, false, []field{fieldString, fieldString}},
	OpDelete:                 {"DELETE", true, false, []field{fieldString}},
	OpRange:                  {"RANGE", true, false, rangeFields},
	OpPrefixKeys:             {"PREFIX_KEYS", true, false, []field{fieldConsistency, fieldString, fieldInt32}},
	OpTestAndSet:             {"TEST_AND_SET", true, true, []field{fieldString, fieldOption, fieldOption}},
	OpRangeEntries:           {"RANGE_ENTRIES", true, false, rangeFields},
	OpSequence:               {"SEQUENCE", true, true, []field{fieldString}},
	OpMultiGet:               {"MULTI_GET", true, false, []field{fieldConsistency, fieldStrings}},
	OpExpectProgressPossible: {"EXPECT_PROGRESS_POSSIBLE", true, true, nil},
	OpStatistics:             {"STATISTICS", true, true, nil},
	OpUserFunction:           {"USER_FUNCTION", true, false, []field{fieldString, fieldOption}},
	OpAssert:                 {"ASSERT", true, false, []field{fieldConsistency, fieldString, fieldOption}},
	OpGetKeyCount:            {"GET_KEY_COUNT", true, true, nil},
	OpConfirm:                {"CONFIRM", true, false, []field{fieldString, fieldString}},
	OpRevRangeEntries:        {"REV_RANGE_ENTRIES", true, false, rangeFields},
	OpSyncedSequence:         {"SYNCED_SEQUENCE", true, true, []field{fieldString}},
	OpDeletePrefix:           {"DELETE_PREFIX", true, true, []field{fieldString}},
	OpVersion:                {"VERSION", true, true, nil},
	OpAssertExists:           {"ASSERT_EXISTS", true, false, []field{fieldConsistency, fieldString}},
	OpDropMaster:             {"DROP_MASTER", true, true, nil},
	OpMultiGetOption:         {"MULTI_GET_OPTION", true, false, []field{fieldConsistency, fieldStrings}},
	OpCurrentState:           {"CURRENT_STATE", true, true, nil},
	OpReplace:                {"REPLACE", true, true, []field{fieldString, fieldOption}},
	OpNop:                    {"NOP", true, true, nil},
	OpFlushStore:             {"FLUSH_STORE", true, true, nil},
	OpGetTxID:                {"GET_TXID", true, true, nil},
	OpCollapseTLogs:          {"COLLAPSE_TLOGS", true, false, []field{fieldInt32}},
	OpCopyDBToHead:           {"COPY_DB_TO_HEAD", true, false, []field{fieldInt32}},
	OpGetDB:                  {"GET_DB", true, true, nil},
	OpOptDB:                  {"OPT_DB", true, true, nil},
	OpDefragDB:               {"DEFRAG_DB", true, true, nil},
	OpUserHook:               {"USER_HOOK", true, false, []field{fieldConsistency, fieldString}},

	OpLastEntries:     {name: "LAST_ENTRIES"},
	OpSetInterval:     {name: "SET_INTERVAL"},
	OpGetRouting:      {name: "GET_ROUTING"},
	OpSetRouting:      {name: "SET_ROUTING"},
	OpGetFringe:       {name: "GET_FRINGE"},
	OpGetInterval:     {name: "GET_INTERVAL"},
	OpSetNurseryCfg:   {name: "SET_NURSERY_CFG"},
	OpGetNurseryCfg:   {name: "GET_NURSERY_CFG"},
	OpSetRoutingDelta: {name: "SET_ROUTING_DELTA"},
	OpMigrateRange:    {name: "MIGRATE_RANGE"},
	OpLastEntries2:    {name: "LAST_ENTRIES2"},
	OpLastEntries3:    {name: "LAST_ENTRIES3"},
}

// byOp is layouts as an array: it is looked up for every command.
var byOp = func() (a [OpLastEntries3 + 1]*layout) {
	for op, l := range layouts { // each writes its own slot: order can't matter
		a[op] = l
	}
	return a
}()

func layoutOf(o Op) *layout {
	if int(o) >= len(byOp) {
		return nil
	}
	return byOp[o]
}

package command

// Update is something that may change the state: one of Set, Delete,
// DeletePrefix, Confirm, TestAndSet, Replace, Assert, AssertExists, AssertRange,
// Sequence, UserFunction, Nop.
type Update interface{ isUpdate() }

type (
	// Set stores a value.
	Set struct {
		Key   string
		Value []byte
	}

	// Delete removes a key. CodeNotFound with the key if it is absent.
	Delete struct{ Key string }

	// DeletePrefix removes all keys with a prefix (all keys if it is empty); the
	// result's Count says how many. Inside a sequence it acts on the keys that
	// existed before the sequence: see Sequence.
	DeletePrefix struct{ Prefix string }

	// Confirm stores a value unless the key has exactly this value already: then
	// it writes nothing.
	Confirm struct {
		Key   string
		Value []byte
	}

	// TestAndSet stores Wanted (None: deletes) if the key's value is Expected
	// (None: absent). The result is the value before, in every case; a failed
	// test is not an error.
	TestAndSet struct {
		Key      string
		Expected Option
		Wanted   Option
	}

	// Replace stores Wanted (None: deletes; an absent key is fine). The result is
	// the value before.
	Replace struct {
		Key    string
		Wanted Option
	}

	// Assert holds if the key's value is Value (None: absent). If it doesn't:
	// CodeAssertionFailed with the key. It is an Update and a Query.
	Assert struct {
		Key   string
		Value Option
	}

	// AssertExists holds if the key exists. If it doesn't: CodeAssertionFailed
	// with the key. It is an Update and a Query.
	AssertExists struct{ Key string }

	// AssertRange holds if the keys with Prefix are exactly Keys, as a list in
	// ascending order. (The protocol carries that list back to front.) If it
	// doesn't: CodeAssertionFailed with both lists. Inside a sequence it looks at
	// the keys that existed before the sequence: see Sequence.
	AssertRange struct {
		Prefix string
		Keys   []string
	}

	// Sequence executes its steps in order, all or nothing: the first step that
	// fails gives the result, and nothing is changed by any of them. Nested
	// sequences run in place, as part of the outermost one. The result of a
	// success is empty, whatever the steps would give.
	//
	// Steps see what earlier steps of the outermost sequence did, with one
	// exception, in which Arakoon's recorded traffic decides: DeletePrefix and
	// AssertRange see only what earlier DeletePrefixes did. So [Set x1, DeletePrefix
	// x] keeps x1, and [Set x1, AssertRange x [x1]] fails if x1 was not there.
	Sequence struct{ Updates []Update }

	// UserFunction calls a Function that was registered at build time. A function
	// that fails changes nothing.
	UserFunction struct {
		Name string
		Arg  Option
	}

	// Nop changes nothing: it asks whether the cluster can commit.
	Nop struct{}
)

func (Set) isUpdate()          {}
func (Delete) isUpdate()       {}
func (DeletePrefix) isUpdate() {}
func (Confirm) isUpdate()      {}
func (TestAndSet) isUpdate()   {}
func (Replace) isUpdate()      {}
func (Assert) isUpdate()       {}
func (AssertExists) isUpdate() {}
func (AssertRange) isUpdate()  {}
func (Sequence) isUpdate()     {}
func (UserFunction) isUpdate() {}
func (Nop) isUpdate()          {}

package kvstore

// arena holds the keys, values and cells of one memory table, many to an
// allocation: a table has millions of them, and the collector visits every
// allocation again and again. What is overwritten stays until the whole table
// goes; freeze points bound that, for they count writes.
type arena struct {
	slab
	cells []cell
}

// arenaCells is how many cells are allocated at once: 4 KiB of them.
const arenaCells = 128

// cell returns a new cell with a copy of the value.
func (a *arena) cell(value []byte) *cell {
	if len(a.cells) == cap(a.cells) {
		a.cells = make([]cell, 0, arenaCells)
	}
	a.cells = append(a.cells, cell{value: a.value(value)})
	return &a.cells[len(a.cells)-1]
}

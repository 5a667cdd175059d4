package ini

// nearest returns the candidate that one most likely meant by word, or "" if
// none is near.
func nearest(word string, candidates []string) string {
	best, bestCost := "", 3 // at most two edits
	for _, c := range candidates {
		if cost := distance(word, c); cost < bestCost && cost*2 < len(word)+1 {
			best, bestCost = c, cost
		}
	}
	return best
}

// distance counts the edits (insert, delete, replace, swap of neighbours) that
// make b of a.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64 // no known name is that long
	}
	before := make([]int, len(b)+1) // row i-2
	above := make([]int, len(b)+1)  // row i-1
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above = above, row
	}
	return above[len(b)]
}

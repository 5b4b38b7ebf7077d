// Package nearest finds what somebody meant who typed something that does not exist: a command, a flag, a field, a key.
package nearest

// Of returns the candidate that is closest to word, or nothing where none is close: at most one edit for every three
// letters, where an edit adds, drops or changes a letter or swaps two. Of equals the first wins.
func Of(word string, candidates []string) string {
	if len(word) > maxLength {
		return ""
	}
	best, bestDistance := "", (len([]rune(word))+2)/3+1
	for _, c := range candidates {
		if d := distance([]rune(word), []rune(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// maxLength bounds the work on hostile input; no name is nearly as long.
const maxLength = 64

// distance is the restricted Damerau-Levenshtein distance, ASCII case aside.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if lower(a[i-1]) == lower(b[j-1]) {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && lower(a[i-1]) == lower(b[j-2]) && lower(a[i-2]) == lower(b[j-1]) {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func lower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

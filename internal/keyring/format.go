package keyring

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Comment lines at the head of the files, for the person who finds one.
const (
	masterNote      = "# reoptin master keys for links, one per line: id, key, check. Secret. Keep a copy offline; never edit.\n"
	suppressionNote = "# reoptin suppression key: id, key, check. Secret, never replaced: without it every opt-out is forgotten. Keep a copy offline.\n"
)

// formatKeys writes a note and a line per key: its id, the key, and a check against typing and truncation.
func formatKeys(note string, keys map[byte][]byte) []byte {
	var b strings.Builder
	b.WriteString(note)
	for _, kid := range slices.Sorted(maps.Keys(keys)) {
		fmt.Fprintf(&b, "%d %s %s\n", kid, base64.StdEncoding.EncodeToString(keys[kid]), check(kid, keys[kid]))
	}
	return []byte(b.String())
}

// readKeys reads a file that formatKeys wrote. Lines beginning with # say nothing.
func readKeys(dir, name string) (map[byte][]byte, error) {
	b, err := read(dir, name)
	if err != nil {
		return nil, err
	}
	keys, err := parseKeys(string(b))
	if err != nil {
		return nil, damaged(dir, name, err)
	}
	return keys, nil
}

func parseKeys(text string) (map[byte][]byte, error) {
	if !strings.HasSuffix(text, "\n") {
		return nil, errors.New("the last line is cut off")
	}
	keys := map[byte][]byte{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		kid, key, err := parseKey(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if _, twice := keys[kid]; twice {
			return nil, fmt.Errorf("line %d: key %d stands there twice", number, kid)
		}
		keys[kid] = key
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no key in it")
	}
	return keys, nil
}

// parseKey reads one line. Its errors never repeat it.
func parseKey(line string) (byte, []byte, error) {
	words := strings.Fields(line)
	if len(words) != 3 {
		return 0, nil, errors.New("not of the form id, key, check")
	}
	kid, err := strconv.ParseUint(words[0], 10, 8)
	if err != nil || kid == 0 {
		return 0, nil, errors.New("the id is not a number from 1 to 255")
	}
	key, err := base64.StdEncoding.DecodeString(words[1])
	if err != nil || len(key) != keySize {
		return 0, nil, fmt.Errorf("the key is not %d octets in base64", keySize)
	}
	if check(byte(kid), key) != words[2] {
		return 0, nil, errors.New("the key does not fit its check")
	}
	return byte(kid), key, nil
}

// check is 8 hexadecimal digits that tell nothing of use about the key.
func check(kid byte, key []byte) string {
	sum := sha256.Sum256(append([]byte{'c', 'h', 'e', 'c', 'k', kid}, key...))
	return fmt.Sprintf("%x", sum[:4])
}

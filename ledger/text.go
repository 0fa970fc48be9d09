package ledger

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// Text is the text of a key or a checkpoint in a file as editors, mail programs and shells write it: with a byte order mark, in
// UTF-16, with other line ends. That it is the right one is shown by what is in it.
func Text(file []byte) string {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(file, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(file, []byte("\xfe\xff")):
		order = binary.BigEndian
	}
	text := string(file)
	if order != nil {
		units := make([]uint16, len(file)/2)
		for i := range units {
			units[i] = order.Uint16(file[2*i:])
		}
		text = string(utf16.Decode(units))
	}
	return strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
}

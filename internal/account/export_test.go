package account

// Hold takes every place of a hasher, until the function it gives is called.
func (h *Hasher) Hold() (release func()) {
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	return func() {
		for range cap(h.slots) {
			<-h.slots
		}
	}
}

// Adds and Proves are what is checked of a passkey.
var (
	Adds   = Proof.adds
	Proves = Proof.proves
)

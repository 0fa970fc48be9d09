package smtptest

// Stage is where a session stands.
type Stage string

// The stages at which a script is asked.
const (
	Banner   Stage = "banner"
	EHLO     Stage = "ehlo"
	StartTLS Stage = "starttls"
	Auth     Stage = "auth"
	Mail     Stage = "mail"
	Rcpt     Stage = "rcpt"
	Data     Stage = "data"
	Body     Stage = "body" // after the first line of a message
	Dot      Stage = "dot"  // the whole message is there
	Reset    Stage = "rset"
)

// Event is what a script is asked about.
type Event struct {
	Stage      Stage
	Connection int // 1 for the first
	Message    int // transactions begun on this connection; 1 in the first
	From, To   string
}

// Step is what the server does at a stage. The zero Step is what a good server does.
type Step struct {
	Reply string          // instead of the usual reply; lines parted by "\n", sent with CR LF
	Split bool            // byte by byte, each in a packet of its own
	Wait  <-chan struct{} // before the reply, until it is closed
	Drop  bool            // close the connection after the reply; without Reply, instead of it
	Abort bool            // like Drop, with a reset
	Alert bool            // like Drop, with a TLS alert before the end
	Mute  bool            // no reply, nor any later one, and the connection stays open
	Store bool            // at Dot: keep the message although the reply is no 2yz
}

// ends reports whether the connection ends with the step, and speaks whether there is a reply of itself.
func (s Step) ends() bool   { return s.Drop || s.Abort || s.Alert }
func (s Step) speaks() bool { return !s.ends() && !s.Mute }

// Script answers events. Several connections ask it at once.
type Script func(Event) Step

// At is a script that does one step at one stage of every message from the n-th of a connection on.
func At(stage Stage, n int, s Step) Script {
	return func(e Event) Step {
		if e.Stage == stage && e.Message >= n {
			return s
		}
		return Step{}
	}
}

// Package metrics counts what happens and shows it in the format that Prometheus reads. It has a registry of its
// own. What happens is told to it by those who do it, through small interfaces of theirs; what stands in the
// database and on the disk is read when somebody looks, and not more often than every few seconds.
//
// No label ever holds an address, a token, a name, or a text of a campaign. Mailbox providers are told apart only
// as far as they are among those that many people have: the domain of anybody else may be the person. The same
// list bounds how many series there can be.
package metrics

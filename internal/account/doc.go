// Package account says who works with the house, what each may do, and how they prove who they are.
//
// An account has one role, a role has rights, and every page of the dashboard names the one right it
// needs. Roster holds the acts: adding, disabling, logging in and out, changing a password. It declares
// the Store it needs and knows nothing of HTTP or SQL.
//
// What must stay true:
//
//   - nobody outside can tell a name that exists from one that does not: not by the answer, not by the
//     time it takes, not by when it is throttled;
//   - an attempt is counted before the password is looked at, so that many at once gain nothing;
//   - the database holds no password, no token and no session id, only what checks them;
//   - a new password, and disabling, end every session of the account;
//   - who was given a role, and who lost it, is an entry of the ledger, of programs (token.go) as of people. Logins go
//     to the audit trail.
package account

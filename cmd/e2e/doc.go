// Package e2e holds no program: its tests use the real reoptin the way people do. They build it, let it
// serve on a fresh installation with a mail server that keeps every message, and sit before it in
// Chromium, as marketer, approver, administrator, privacy officer and recipient.
//
// The tests need Chromium, and axe-core from package-lock.json (npm ci --ignore-scripts in this folder):
//
//	go test ./cmd/e2e
//
// Without them they are skipped at home, and fail where CI is set. REOPTIN_PICTURES names a folder in which
// TestPictures then puts a picture of every page (make screenshots).
package e2e

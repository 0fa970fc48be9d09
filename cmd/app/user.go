package app

import (
	"context"
	"io"
	"strings"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

// User is one account, as `user list` shows it.
type User struct {
	Name      string `json:"name"`
	Role      string `json:"role"`
	Disabled  bool   `json:"disabled"`
	CreatedAt string `json:"created_at"`
	LastLogin string `json:"last_login"`
}

// UserList is a page of accounts.
type UserList struct {
	Users []User `json:"users"`
	Next  string `json:"next"`
}

// Users lists the accounts by number.
func (a *App) Users(ctx context.Context, p Page) (UserList, error) {
	l := UserList{Users: []User{}}
	all, err := a.Roster.List(ctx)
	if err != nil {
		return l, err
	}
	part, next, err := page(p, all, func(u account.Account) int64 { return int64(u.ID) })
	l.Next = next
	for _, u := range part {
		l.Users = append(l.Users, User{Name: u.Name, Role: string(u.Role), Disabled: u.Disabled(), CreatedAt: stamp(u.CreatedAt), LastLogin: stamp(u.LastLogin)})
	}
	return l, err
}

// AddUser makes an account. Where no password is given one is drawn, and returned.
func (a *App) AddUser(ctx context.Context, name, role, password string) (drawn string, err error) {
	r, err := account.ParseRole(role)
	if err != nil {
		return "", err
	}
	return a.withPassword(password, func(p string) error { return a.Roster.Add(ctx, account.Actor(Operator()), name, r, p) })
}

// SetPassword gives an account another password and ends its sessions.
func (a *App) SetPassword(ctx context.Context, name, password string) (drawn string, err error) {
	return a.withPassword(password, func(p string) error { return a.Roster.SetPassword(ctx, account.Actor(Operator()), name, p) })
}

// DisableUser ends an account, or with dry says whether it could.
func (a *App) DisableUser(ctx context.Context, name string, dry bool) error {
	if dry {
		return a.Roster.CanDisable(ctx, name)
	}
	return a.Roster.Disable(ctx, account.Actor(Operator()), name)
}

// RemoveSecondFactor takes the second factor of an account away, so that the person can set up another, or only says whether it could.
func (a *App) RemoveSecondFactor(ctx context.Context, name string, dry bool) error {
	if dry {
		return a.Roster.CanRemoveFactor(ctx, name)
	}
	return a.Roster.RemoveFactor(ctx, account.Actor(Operator()), name)
}

// withPassword does something with a given password, or with a drawn one that it returns.
func (a *App) withPassword(given string, do func(string) error) (drawn string, err error) {
	password, err := passwordFor(given, a.rand)
	if err != nil {
		return "", err
	}
	if err := do(password); err != nil || given != "" {
		return "", err
	}
	return password, nil
}

func passwordFor(given string, random io.Reader) (string, error) {
	if given != "" {
		return given, nil
	}
	return account.NewPassword(random)
}

// ReadPassword reads a password file: its first line.
func ReadPassword(path string) (string, error) {
	f, err := OpenFile(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return "", fault.New(fault.Invalid, "user.password_file", "{path} cannot be read", "path", path).Because(err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return "", fault.New(fault.Invalid, "user.password_empty", "{path} holds no password", "path", path).Hint("write it on the first line of the file")
	}
	return line, nil
}

package store

// Table meta holds what the database knows of itself and of the files beside it: a text for each name.

// meta is what is known under a name, "" when nothing is.
func (t *tx) meta(name string) (value string, err error) {
	err = t.row([]any{&value}, "SELECT coalesce(max(value), '') FROM meta WHERE name = $1", name)
	return value, err
}

// setMeta keeps it, in place of what was known.
func (t *tx) setMeta(name, value string) error {
	_, err := t.exec("INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return err
}

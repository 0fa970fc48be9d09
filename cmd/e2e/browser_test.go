package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// longest is how long anything may take before a test gives up; nothing waits that long when all is well.
const longest = time.Minute

// workshop is what all tests share: the program, built once, and one Chromium.
var workshop struct {
	dir     string
	program func() (string, error)
	chrome  func() (context.Context, error)
	close   func()
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "reoptin-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	workshop.dir, workshop.close = dir, func() {}
	workshop.program, workshop.chrome = sync.OnceValues(build), sync.OnceValues(launch)
	code := m.Run()
	workshop.close()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// lacking skips a test at home and fails it where everything must be there.
func lacking(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// chromium is the browser's program; "" when there is none.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// launch starts the one browser. It is looked at from outside and shows only our own pages, so it runs
// without its sandbox, which many containers do not allow; and it keeps frames in the process of their page,
// so that what happens in them is heard there.
func launch() (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(filepath.Join(workshop.dir, "profile")),
		chromedp.Flag("disable-features", "Translate,IsolateSandboxedIframes"), chromedp.Flag("disable-site-isolation-trials", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en-US"), chromedp.Flag("font-render-hinting", "none"))
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closed := chromedp.NewContext(allocator)
	workshop.close = func() { closed(); end() }
	return ctx, chromedp.Do(ctx)
}

// tab is one person's browser: cookies of its own, and a memory of every noise that a page made.
type tab struct {
	t     testing.TB
	ctx   context.Context
	end   func() // closes it
	where string // the address of the house, without a slash at the end

	mu    sync.Mutex
	noise []string
	urls  map[network.RequestID]string
}

// visitor opens a browser of its own on a house.
func (h *house) visitor(t testing.TB) *tab {
	t.Helper()
	if chromium() == "" {
		lacking(t, "Chromium is missing (on Debian: apt-get install chromium)")
	}
	chrome, err := workshop.chrome()
	if err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return openTab(t, h.url, chrome, chromedp.WithNewBrowserContext())
}

// openTab opens a tab that listens to its pages from the first.
func openTab(t testing.TB, where string, of context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	v := &tab{t: t, where: where, urls: map[network.RequestID]string{}}
	ctx, end := chromedp.NewContext(of, append(options, chromedp.WithListener(v.hear))...)
	t.Cleanup(end)
	v.ctx, v.end = ctx, end
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatal(err)
	}
	return v
}

// hear notes what a page should not make: messages on the console, whatever their level, exceptions, requests
// that fail and windows that pop up.
func (v *tab) hear(ev any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	note := func(format string, args ...any) { v.noise = append(v.noise, fmt.Sprintf(format, args...)) }
	switch e := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		var said []string
		for _, a := range e.Args {
			said = append(said, string(a.Value)+a.Description)
		}
		note("console %s: %s", e.Type, strings.Join(said, " "))
	case *runtime.EventExceptionThrown:
		note("exception: %s", e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		// A test that types before the first frame is drawn has chosen a field before the page could: no fault of the page.
		if strings.HasPrefix(e.Entry.Text, "Autofocus processing was blocked") {
			return
		}
		note("log %s: %s (%s)", e.Entry.Level, e.Entry.Text, e.Entry.URL)
	case *page.EventJavascriptDialogOpening:
		note("dialog: %s", e.Message)
	case *network.EventRequestWillBeSent:
		v.urls[e.RequestID] = e.Request.URL
		if u, err := url.Parse(e.Request.URL); err == nil && strings.HasPrefix(u.Scheme, "http") && !strings.HasPrefix(e.Request.URL, v.where+"/") {
			note("a request leaves the house: %s", e.Request.URL)
		}
	case *network.EventLoadingFailed:
		if !e.Canceled || e.BlockedReason != "" { // a page that is left cancels its stream
			note("request failed: %s %s %s", e.ErrorText, e.BlockedReason, v.urls[e.RequestID])
		}
	}
}

// quiet says what noise there was since it was last asked.
func (v *tab) quiet() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	noise := v.noise
	v.noise = nil
	return noise
}

// must fails the test with what the page shows now.
func (v *tab) must(err error, doing string) {
	v.t.Helper()
	if err == nil {
		return
	}
	ctx, end := context.WithTimeout(v.ctx, 5*time.Second)
	defer end()
	seen, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 3000)`))
	v.t.Fatalf("%s: %v\n%s\n%s", doing, err, strings.Join(v.quiet(), "\n"), seen)
}

func (v *tab) do(doing string, steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, end := context.WithTimeout(v.ctx, longest)
	defer end()
	v.must(chromedp.Do(ctx, steps...), doing)
}

// leads does something that leads to another page, and expects that page to be shown with a status.
func (v *tab) leads(doing string, status int64, steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, end := context.WithTimeout(v.ctx, longest)
	defer end()
	res, err := chromedp.RunResponse(ctx, steps...)
	if err == nil && (res == nil || res.Status != status) {
		err = fmt.Errorf("answered with %v", res)
	}
	v.must(err, doing)
}

// open goes to a page of the house, or to a whole address.
func (v *tab) open(path string) {
	v.t.Helper()
	v.leads("open "+path, 200, v.going(path))
}

func (v *tab) going(path string) chromedp.Action[chromedp.Void] {
	if !strings.HasPrefix(path, "http") {
		path = v.where + path
	}
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		res, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: path})
		if err == nil && res.ErrorText != "" {
			err = errors.New(res.ErrorText)
		}
		return err
	})
}

// clicking brings an element into view and clicks its middle with the mouse.
func clicking(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		at, err := chromedp.Evaluate[[]float64](`(e => {
			e.scrollIntoView({block: "center", behavior: "instant"})
			const r = e.getClientRects()[0] // a link may be broken over lines
			return [r.x + r.width / 2, r.y + r.height / 2]
		})(document.querySelector(`+quoted(selector)+`))`)(ctx, t)
		if err != nil {
			return err
		}
		_, err = chromedp.MouseClickXY(at[0], at[1])(ctx, t)
		return err
	})
}

// press clicks something that leads to another page.
func (v *tab) press(selector string) {
	v.t.Helper()
	v.leads("press "+selector, 200, clicking(selector))
}

// click clicks something that does not.
func (v *tab) click(selector string) {
	v.t.Helper()
	v.do("click "+selector, clicking(selector))
}

// fill types into a field instead of what stands there.
func (v *tab) fill(selector, text string) {
	v.t.Helper()
	v.do("fill "+selector, clicking(selector), chromedp.Evaluate[chromedp.Void]("document.activeElement.select()"), typing(text))
}

// rewrites fills a field whose change draws the preview anew, and waits until it is: a preview that is overtaken by the next, or
// by leaving the page, is an error of the page's own.
func (v *tab) rewrites(selector, text string) {
	v.t.Helper()
	v.do("forget the preview", forgetting)
	v.fill(selector, text)
	v.until(drawnAnew)
}

// forgetting marks the preview that is shown, and drawnAnew holds when another stands in its place.
var forgetting = chromedp.Evaluate[chromedp.Void](`document.querySelector("#preview").dataset.old = ""`)

const drawnAnew = `document.querySelector("#preview:not([data-old])")`

func typing(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
}

// until waits until an expression holds on the page that is shown. A page that is replaced while it is asked takes the
// question with it; the one that comes after is asked again.
func (v *tab) until(expression string) {
	v.t.Helper()
	ctx, end := context.WithTimeout(v.ctx, longest)
	defer end()
	for {
		err := chromedp.Do(ctx, chromedp.Poll[chromedp.Void]("!!("+expression+")", chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(longest)))
		if err == nil || ctx.Err() != nil || !replaced(err) {
			v.must(err, "wait for "+expression)
			return
		}
	}
}

// replaced tells whether the browser lost the page it was asking, since another took its place.
func replaced(err error) bool {
	var said *cdproto.Error
	return errors.As(err, &said) && (strings.Contains(said.Message, "context") || strings.Contains(said.Message, "navigated"))
}

// text is what an element shows; the test fails when there is none.
func (v *tab) text(selector string) string {
	v.t.Helper()
	return ask[string](v, `document.querySelector(`+quoted(selector)+`).innerText`)
}

// ask evaluates an expression on the page.
func ask[T any](v *tab, expression string) T {
	v.t.Helper()
	ctx, end := context.WithTimeout(v.ctx, longest)
	defer end()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	v.must(err, expression)
	return out
}

// look sets how wide the window is and which theme the person's system has. Nothing moves, so that what is
// looked at is there at once.
func (v *tab) look(width int64, theme string) {
	v.t.Helper()
	v.do("look", chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}))
}

// give hands work to workers and waits for them. A worker whose test fails takes no more.
func give[T any](work chan<- T, all []T, workers *sync.WaitGroup) {
	ended := make(chan struct{})
	go func() {
		workers.Wait()
		close(ended)
	}()
	for _, one := range all {
		select {
		case work <- one:
		case <-ended:
			return
		}
	}
	close(work)
	<-ended
}

// Package forms is the door of the people who are asked: the consent form behind the link in the
// message, the unsubscribe page with its one-click address, the preferences, and the receipt.
//
// What holds here:
//
//   - Looking never changes anything. GET, HEAD and OPTIONS record nothing about a person; a view of
//     the form adds one to the campaign's total.
//   - A yes needs a POST with the signed link and the nonce of a page that was really rendered at
//     least two seconds before, with the kept document named in it. Nothing is ticked beforehand.
//   - A no is never harder than a yes. One-click needs no nonce, and can only say no. When the time
//     to say yes is over, no and withdrawal go on working.
//   - What was shown is kept: a page is the document stored at approval, filled in a few marked
//     spots. The answer names its SHA-256.
//   - Thanks are said only for what is durable: after a POST the browser is sent to a receipt that is
//     read back from the record. What could not be saved is answered with 503 and says so.
//   - Unknown, forged and erased links get one and the same page.
//   - The link of a test message shows the form under a notice, and no answer to it calls an act.
//   - No script, no cookie, nothing from elsewhere.
package forms

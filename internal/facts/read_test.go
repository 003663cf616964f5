package facts

import "testing"

func TestOpenNetworks(t *testing.T) {
	for _, text := range []string{
		"0.0.0.0/0", "0.0.0.0/00", "10.1.2.3/0", "0.0.0.0/1", "128.0.0.0/1", "::/0", "0:0:0:0:0:0:0:0/0", "0::0/0", "2001:db8::/0", "::/1", "8000::/1",
		"::ffff:0.0.0.0/96", "::ffff:128.0.0.0/97", " 0.0.0.0/0",
	} {
		if !isOpen(text) {
			t.Errorf("%q is not open, want open", text)
		}
	}
	for _, text := range []string{"", "0.0.0.0", "0.0.0.0/2", "0.0.0.0/32", "192.0.2.0/24", "::/2", "::1/128", "0.0.0.0/x", "x/0", "::ffff:0.0.0.0/98", "0.0.0.0/-1"} {
		if isOpen(text) {
			t.Errorf("%q is open, want closed", text)
		}
	}
}

func TestAccountTexts(t *testing.T) {
	const own = "111122223333"
	for text, want := range map[string]string{
		own: own, "444455556666": "444455556666 (outside)", "arn:aws:iam::444455556666:root": "444455556666 (outside)",
		"arn:aws-cn:iam::444455556666:user/a:b": "444455556666 (outside) user/a:b", "arn:aws:iam::111122223333:role/r": own + " role/r",
		"AIDAEXAMPLE": "AIDAEXAMPLE", "arn:aws:iam::cloudfront:user/x": "arn:aws:iam::cloudfront:user/x", "arn:": "arn:",
		"4444555566667": "4444555566667", "44445555666": "44445555666", // neither has the twelve digits of an account
	} {
		if got := accountText(text, own); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := accountText("444455556666", "HIDDEN"); got != "444455556666" {
		t.Errorf("got %q for an own account that is masked, want no claim", got)
	}
}

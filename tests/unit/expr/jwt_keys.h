/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys made for these tests and for nothing else, and tokens signed with them. HAProxy 2.6.12 takes each
 * token with its key.
 */
#pragma once

#define RSA_KEY \
	"-----BEGIN PUBLIC KEY-----\n" \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0vBkcUE4iAGqD4Wf8ArK\n" \
	"iQCszBaWJ7lTVzNhLV4YHrkFPFwN7YX7A1rPWKa+yQnlcMB2qV6P/jnJTobHIFfy\n" \
	"Qm43TTxXcsaRkZNtLNEvJRh+Ku+dqeuVzlJYgwWfu3fSraXZ8ou8LYlSQNlnyVe7\n" \
	"H3Mag4VJXNfNfzwcBy99NkzJ9fi+9Dy32ODIbBVKXw63gjSGLys5QoKf6PLc9eo/\n" \
	"C/Ei+E7da4WgwfkEvOmPupifj/JoA2IR+aVAxL6qpzZZUnYE0xSIb6mSB7tNXS6/\n" \
	"QQe4m607O51LYDZpUSV5DVkMiuiQdsfP5eS6m9IBr7+ETYBtSnJ7DBkHz4E4h4TI\n" \
	"XQIDAQAB\n" \
	"-----END PUBLIC KEY-----\n"
#define EC_KEY \
	"-----BEGIN PUBLIC KEY-----\n" \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBx+ZD05KtKOJg48DaXPGDiLyGb5t\n" \
	"WdZc2q0mRz/x4Vu/LnZCgVDP0V8rzB/sOYk5EFZFQM/2Z/UcJGh9We4ZMA==\n" \
	"-----END PUBLIC KEY-----\n"
#define EC_CERTIFICATE \
	"-----BEGIN CERTIFICATE-----\n" \
	"MIIBbjCCARWgAwIBAgIUMLz7lt0+Spb2AsMog9Sz4f3igG0wCgYIKoZIzj0EAwIw\n" \
	"DDEKMAgGA1UEAwwBeDAgFw0yNjExMjMxMjI4MjRaGA8yMDUxMDcxNTEyMjgyNFow\n" \
	"DDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAcfmQ9OSrSj\n" \
	"iYOPA2lzxg4i8hm+bVnWXNqtJkc/8eFbvy52QoFQz9FfK8wf7DmJORBWRUDP9mf1\n" \
	"HCRofVnuGTCjUzBRMB0GA1UdDgQWBBRrrnLY8n2OvkgND0IHYlkV3hS5YDAfBgNV\n" \
	"HSMEGDAWgBRrrnLY8n2OvkgND0IHYlkV3hS5YDAPBgNVHRMBAf8EBTADAQH/MAoG\n" \
	"CCqGSM49BAMCA0cAMEQCIDwryAY4VlhH8agmWEvOoQBdhQGxGWe4khgrFgCAy5SC\n" \
	"AiARsgwT+sUe+9j0WKFQynWq+rVm0Lvtp2yqTNecwWuhlw==\n" \
	"-----END CERTIFICATE-----\n"
#define HS256_TOKEN /* the secret is "secret" */ \
	"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.M11_c_Mkz5wKz70TPIkcPwzBTd5M-3ZW69WFmxuEnHk"
#define RS256_TOKEN \
	"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.PO5IAZd-EyEj3cevl3OCcxN-GmOmVJq3zHAebk5o4tngNC7WwD2w6YP" \
	"HiakuC69nS4iddEigUUdiVQ83mZ5xC02vIqci1O2g4seKboGDPQJuVPT53OIxnZlp3RshvUEfxcvCdH0trO0fr51aHOb" \
	"Xiiqj-S9bigI7eHz11OrtPW0oz8jb1G_HckMETxi1KDEX0spbX-3NtsHVRotmCgb4KgzDQaoIpHBxxDr8ofw9Urur0co" \
	"TZjPmk8yaq00Pck4wLNR0ZiuYj2DjjkyCOghvBXHyKKX7edwwT-f-YZ_vK_BvjHO0UwIuIcwyLocBmWTfbBBKzJScwbs" \
	"rWUd98Y41Mw"
#define ES256_TOKEN \
	"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.XxM1Wzxks3jsFv5sB7jKPfAg4YU4zU6B6bspqz_9cDYSp4kHVb4RnN0" \
	"INR-8HweSQI7CCfKMYseu1JItc1ew5Q"

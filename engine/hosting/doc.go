// Package hosting reads the files by which a site tells its host about redirects and
// headers: _redirects and _headers, in the format of Netlify and Cloudflare Pages.
//
//	rules, err := hosting.ParseRedirects(file, 10_000)
//	headers, err := hosting.ParseHeaders(file, 1_000)
//	headers.For("/guide/")
//
// Lines that mean nothing are passed over, as the hosts do.
package hosting

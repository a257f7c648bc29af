// Package client is [job.Service] over HTTP: the same questions and answers as
// in the server, asked from another process. The command line is made of it,
// and other programs can be.
//
//	c, err := client.New("http://127.0.0.1:8080")
//	receipt, err := c.Submit(ctx, job.Submission{Params: &job.Publish{…}})
//	status, err := c.Wait(ctx, receipt.ID, nil)
//
// Beside the service there are [Client.Wait], which follows a job to its end,
// [Client.Upload] for sources, and [Client.Artifacts], [Client.Download] and
// [Client.Archive] for results.
//
// What the server refuses comes back as the *[job.Error] that it was there.
// Requests that can be sent twice without harm are: a submission names its
// work, so the second one finds the job of the first. Connections that break
// and servers that are busy are tried again, a few times and with growing
// pauses ([Backoff]); event streams go on behind the last event that came.
package client

package artifact

// The S3 driver stands alone here because it is the heaviest dependency of the
// package: a program that needs only folders can drop this file.
import _ "gocloud.dev/blob/s3blob" // s3://

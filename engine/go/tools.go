//go:build tools

// Package tools pins the Pulumi CLI, so that go.sum vouches for every module of a build.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"

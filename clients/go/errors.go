package holdfast

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Violation is a field of a request that is wrong.
type Violation struct {
	// Field is a path as `samples[3]`; empty for the whole request.
	Field string
	// Description says what would be right.
	Description string
}

// Error is a call, or a run, that failed. Go by Reason, which is never renamed (docs/errors.md).
type Error struct {
	Code    codes.Code
	Message string
	// Reason is as RUN_NOT_OPEN; empty where the transport itself failed.
	Reason string
	// Service and Method name the call that failed.
	Service, Method string
	// RetryAfter is the time after which the same call may succeed; nil where it would fail again.
	RetryAfter *time.Duration
	Violations []Violation

	cause error
}

// Error says what is wrong in words.
func (e *Error) Error() string {
	kind := e.Reason
	if kind == "" {
		kind = e.Code.String()
	}
	lines := []string{fmt.Sprintf("%s: %s", kind, e.Message)}
	for _, v := range e.Violations {
		if strings.Contains(e.Message, v.Description) {
			continue
		}
		field := v.Field
		if field == "" {
			field = "the request"
		}
		lines = append(lines, fmt.Sprintf("  %s: %s", field, v.Description))
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the error of gRPC.
func (e *Error) Unwrap() error { return e.cause }

// GRPCStatus lets status.FromError read it.
func (e *Error) GRPCStatus() *status.Status {
	if e.cause != nil {
		return status.Convert(e.cause)
	}
	return status.New(e.Code, e.Message)
}

// ReasonOf is the reason of an error, or empty.
func ReasonOf(err error) string {
	var failed *Error
	if errors.As(err, &failed) {
		return failed.Reason
	}
	return ""
}

// readStatus reads what a google.rpc.Status says, as that of a run that failed.
func readStatus(wire *spb.Status) *Error {
	s := status.FromProto(wire)
	failed := &Error{Code: s.Code(), Message: s.Message()}
	for _, detail := range s.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			failed.Reason = detail.Reason
			failed.Service, failed.Method = detail.Metadata["service"], detail.Metadata["method"]
		case *errdetails.RetryInfo:
			delay := detail.RetryDelay.AsDuration()
			failed.RetryAfter = &delay
		case *errdetails.BadRequest:
			for _, v := range detail.FieldViolations {
				failed.Violations = append(failed.Violations, Violation{v.Field, v.Description})
			}
		}
	}
	return failed
}

// readError reads the error of a call of `/service/method`.
func readError(err error, path string) *Error {
	failed := readStatus(status.Convert(err).Proto())
	failed.cause = err
	if failed.Service == "" {
		failed.Service, failed.Method, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	}
	return failed
}

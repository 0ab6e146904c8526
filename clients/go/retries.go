package holdfast

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

const (
	attemptsMax    = 5
	quickDeadline  = 2 * time.Minute
	otherDeadline  = 10 * time.Minute
	reconnectPause = 2 * time.Second
)

// attempts decides when a call is sent again: after a lost connection until wait has passed without one, after a refusal
// that says when to come back up to five times in all, and otherwise never.
//
// Who watches is sent away by a controller that ends or begins, which is as if it were lost, and waits for a place among
// its streams for as long as it takes.
type attempts struct {
	repeatable, watches bool
	wait                time.Duration

	refused, lost int
	lostSince     time.Time
}

// restart counts from the start: something was answered.
func (a *attempts) restart() { a.refused, a.lost, a.lostSince = 0, 0, time.Time{} }

// pause waits for the next attempt; it returns the error if there is none.
func (a *attempts) pause(ctx context.Context, failed *Error) error {
	delay, ok := a.choosePause(failed)
	if !ok || !a.repeatable {
		return failed
	}
	if end, limited := ctx.Deadline(); limited && time.Until(end) <= delay {
		return failed
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return failed
	case <-timer.C:
		return nil
	}
}

func (a *attempts) choosePause(failed *Error) (time.Duration, bool) {
	var asked time.Duration
	if failed.RetryAfter != nil {
		asked = *failed.RetryAfter
	}
	if failed.Code == codes.Unavailable && (a.watches || failed.RetryAfter == nil) {
		if a.lost == 0 {
			a.lostSince = time.Now()
		}
		a.lost++
		longest := min(time.Duration(100<<min(a.lost, 5))*time.Millisecond, reconnectPause)
		return asked + 50*time.Millisecond + rand.N(longest), time.Since(a.lostSince) < a.wait
	}
	if failed.RetryAfter == nil {
		return 0, false
	}
	a.lost = 0
	a.refused++
	jitter := rand.N(time.Duration(100<<min(a.refused, 5)) * time.Millisecond)
	return asked + jitter, a.watches || a.refused < attemptsMax
}

// repeatUnary sends every unary call again by its idempotency level, within a deadline of its own (docs/errors.md).
func repeatUnary(wait time.Duration) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, path string, request, answer any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
		repeatable, limit := describeMethod(path)
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		tries := attempts{repeatable: repeatable, wait: wait}
		for {
			err := invoke(ctx, path, request, answer, conn, options...)
			if err == nil {
				return nil
			}
			if err := tries.pause(ctx, readError(err, path)); err != nil {
				return err
			}
		}
	}
}

// describeMethod says whether a second call of the same request does nothing more than the first, and how long a call may
// take, repetitions included.
func describeMethod(path string) (repeatable bool, limit time.Duration) {
	service, name, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	limit = otherDeadline
	for _, prefix := range []string{"Get", "List", "Describe"} {
		if strings.HasPrefix(name, prefix) {
			limit = quickDeadline
		}
	}
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		return false, limit
	}
	method := found.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(name))
	if method == nil {
		return false, limit
	}
	level := method.Options().(*descriptorpb.MethodOptions).GetIdempotencyLevel()
	return level != descriptorpb.MethodOptions_IDEMPOTENCY_UNKNOWN, limit
}

// asError gives the *Error that a call ended with.
func asError(err error, path string) *Error {
	var failed *Error
	if errors.As(err, &failed) {
		return failed
	}
	return readError(err, path)
}

package holdfast

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	controller "holdfast/clients/go/wire/controller/v1"
)

// faulty is a controller that fails in ways that a test chooses.
type faulty struct {
	controller.UnimplementedControllerServiceServer
	get   func(attempt int) error
	watch func(after uint64, stream grpc.ServerStreamingServer[controller.WatchRunResponse]) error
	read  func(offset uint64, stream grpc.ServerStreamingServer[controller.GetArtifactResponse]) error
	calls int
}

func (f *faulty) GetRun(_ context.Context, request *controller.GetRunRequest) (*controller.GetRunResponse, error) {
	f.calls++
	if err := f.get(f.calls); err != nil {
		return nil, err
	}
	return &controller.GetRunResponse{Run: &controller.Run{RunId: request.RunId}}, nil
}

func (f *faulty) WatchRun(request *controller.WatchRunRequest, stream grpc.ServerStreamingServer[controller.WatchRunResponse]) error {
	f.calls++
	return f.watch(request.AfterSequence, stream)
}

func (f *faulty) GetArtifact(request *controller.GetArtifactRequest, stream grpc.ServerStreamingServer[controller.GetArtifactResponse]) error {
	f.calls++
	return f.read(request.OffsetBytes, stream)
}

func serve(t *testing.T, f *faulty, options ...Option) *Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	controller.RegisterControllerServiceServer(server, f)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	options = append([]Option{WithWait(time.Second), WithTokenFile("")}, options...)
	client, err := Dial(listener.Addr().String(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func refuse(code codes.Code, details ...protoadapt.MessageV1) error {
	refused, err := status.New(code, "refused").WithDetails(details...)
	if err != nil {
		panic(err)
	}
	return refused.Err()
}

var soon = &errdetails.RetryInfo{RetryDelay: durationpb.New(10 * time.Millisecond)}

func TestARefusalThatSaysWhenIsRepeated(t *testing.T) {
	f := &faulty{get: func(attempt int) error {
		if attempt < 3 {
			return refuse(codes.ResourceExhausted, soon)
		}
		return nil
	}}
	if run, err := serve(t, f).Get(t.Context(), "a"); err != nil || run.RunId != "a" || f.calls != 3 {
		t.Errorf("%v, %v after %d calls", run, err, f.calls)
	}
}

func TestARefusalIsRepeatedUpToFiveTimesInAll(t *testing.T) {
	f := &faulty{get: func(int) error { return refuse(codes.Unavailable, soon) }}
	if _, err := serve(t, f).Get(t.Context(), "a"); err == nil || f.calls != attemptsMax {
		t.Errorf("%v after %d calls", err, f.calls)
	}
}

func TestWhatWouldFailAgainIsNotRepeatedAndNamesEveryField(t *testing.T) {
	violation := &errdetails.BadRequest_FieldViolation{Field: "run_id", Description: "is empty"}
	f := &faulty{get: func(int) error {
		return refuse(codes.InvalidArgument,
			&errdetails.ErrorInfo{Reason: "INVALID", Metadata: map[string]string{"method": "GetRun", "service": "s"}},
			&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{violation}})
	}}
	_, err := serve(t, f).Get(t.Context(), "")
	var failed *Error
	if !errors.As(err, &failed) || ReasonOf(err) != "INVALID" || f.calls != 1 {
		t.Fatalf("%v after %d calls", err, f.calls)
	}
	if len(failed.Violations) != 1 || failed.Violations[0] != (Violation{"run_id", "is empty"}) || failed.Method != "GetRun" {
		t.Errorf("%+v", failed)
	}
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("status.Code reads %v", status.Code(err))
	}
}

func TestAContextEndsTheAttempts(t *testing.T) {
	f := &faulty{get: func(int) error {
		return refuse(codes.Unavailable, &errdetails.RetryInfo{RetryDelay: durationpb.New(time.Hour)})
	}}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := serve(t, f).Get(ctx, "a"); err == nil || f.calls != 1 {
		t.Errorf("%v after %d calls", err, f.calls)
	}
}

func TestAWatcherGoesOnAfterTheLastEventThatItSaw(t *testing.T) {
	var asked []uint64
	f := &faulty{watch: func(after uint64, stream grpc.ServerStreamingServer[controller.WatchRunResponse]) error {
		asked = append(asked, after)
		if after == 0 {
			stream.Send(&controller.WatchRunResponse{Sequence: 7, Event: &controller.WatchRunResponse_Noted{Noted: &controller.Noted{Message: "one"}}})
			return refuse(codes.Unavailable, soon)
		}
		return stream.Send(&controller.WatchRunResponse{Sequence: 9, Event: &controller.WatchRunResponse_Ended{Ended: &controller.Ended{Run: &controller.Run{RunId: "a"}}}})
	}}
	run, err := serve(t, f).Wait(t.Context(), "a")
	if err != nil || run.RunId != "a" || len(asked) != 2 || asked[1] != 7 {
		t.Errorf("%v, %v, asked after %v", run, err, asked)
	}
}

func TestAWatcherThatIsSentAwayComesBackMoreThanFiveTimes(t *testing.T) {
	for _, code := range []codes.Code{codes.Unavailable, codes.ResourceExhausted} {
		failed := &Error{Code: code, RetryAfter: new(time.Duration)}
		tries := attempts{repeatable: true, watches: true, wait: time.Hour}
		for range 2000 {
			if _, more := tries.choosePause(failed); !more {
				t.Fatalf("%v ended it after %d and %d", code, tries.lost, tries.refused)
			}
		}
	}
	tries := attempts{repeatable: true, watches: true}
	if _, more := tries.choosePause(&Error{Code: codes.Unavailable, RetryAfter: new(time.Duration)}); more {
		t.Error("it has no time and waits")
	}
}

func TestAFileGoesOnAfterTheLastByteThatCame(t *testing.T) {
	f := &faulty{read: func(offset uint64, stream grpc.ServerStreamingServer[controller.GetArtifactResponse]) error {
		end := min(offset+4, 10)
		stream.Send(&controller.GetArtifactResponse{SizeBytes: 10, Chunk: []byte("0123456789")[offset:end]})
		if end < 10 {
			return refuse(codes.Unavailable, soon)
		}
		return nil
	}}
	var file bytes.Buffer
	if err := serve(t, f).Artifact(t.Context(), "a", "report.html", &file); err != nil || file.String() != "0123456789" || f.calls != 3 {
		t.Errorf("%v, %q after %d calls", err, file.String(), f.calls)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAFileThatCannotBeWrittenIsNotAskedForAgain(t *testing.T) {
	f := &faulty{read: func(_ uint64, stream grpc.ServerStreamingServer[controller.GetArtifactResponse]) error {
		return stream.Send(&controller.GetArtifactResponse{SizeBytes: 1, Chunk: []byte("0")})
	}}
	err := serve(t, f).Artifact(t.Context(), "a", "report.html", full{})
	if err == nil || err.Error() != "report.html: no space left" || f.calls != 1 {
		t.Errorf("%v after %d calls", err, f.calls)
	}
}

func TestTheSchemaSaysWhatIsRepeated(t *testing.T) {
	for path, want := range map[string]time.Duration{
		controller.ControllerService_GetRun_FullMethodName:    quickDeadline,
		controller.ControllerService_SubmitRun_FullMethodName: otherDeadline,
	} {
		if repeatable, limit := describeMethod(path); !repeatable || limit != want {
			t.Errorf("%s: %v, %v", path, repeatable, limit)
		}
	}
	if repeatable, _ := describeMethod("/grpc.health.v1.Health/Unknown"); repeatable {
		t.Error("a method that no schema knows is repeated")
	}
}

func TestPlainTextReachesThisMachineOnly(t *testing.T) {
	far := "trainer.example:50050"
	for _, address := range []string{far, "trainer.example", "dns:///" + far, "dns://localhost/" + far} {
		if _, err := Dial(address); err == nil {
			t.Errorf("%s: it was let out", address)
		}
	}
	if _, err := Dial(far, InsecureBehindMesh()); err != nil {
		t.Error(err)
	}
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]"} {
		for _, address := range []string{host, host + ":1", "dns:///" + host, "dns:///" + host + ":1"} {
			if _, err := Dial(address); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestAFileWithoutATokenIsRefusedByNameBeforeAnythingIsSent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write := func(content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := &faulty{
		get:   func(int) error { return nil },
		watch: func(uint64, grpc.ServerStreamingServer[controller.WatchRunResponse]) error { return nil },
	}
	client := serve(t, f, WithTokenFile(path))
	for _, empty := range []string{"", " \n\n"} {
		write(empty)
		_, err := client.Get(t.Context(), "a")
		failures := []error{err}
		for _, err := range client.Watch(t.Context(), "a") {
			failures = append(failures, err)
		}
		if len(failures) != 2 {
			t.Errorf("%v", failures)
		}
		for _, err := range failures {
			if err == nil || !strings.Contains(err.Error(), path+": the file of the token is empty") {
				t.Errorf("%v", err)
			}
		}
	}
	if f.calls != 0 {
		t.Errorf("%d calls were sent", f.calls)
	}
	write("\n secret \r\nold\n")
	s := settings{tokenPath: path}
	ctx, err := s.authorize(t.Context())
	if sent, _ := metadata.FromOutgoingContext(ctx); err != nil || !slices.Equal(sent["authorization"], []string{"Bearer secret"}) {
		t.Errorf("%v, %v", sent, err)
	}
}

package holdfast

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"time"

	controller "holdfast/clients/go/wire/controller/v1"
)

// watchWait is how long a watcher waits for a controller at least.
const watchWait = time.Minute

// Plan is a plan, and the folder that its relative paths start from, as the controller sees it.
type Plan struct {
	YAML, Name, BaseURI string
}

// ReadPlan reads a plan's file, where the controller sees the same folders as this program.
func ReadPlan(path string) (Plan, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return Plan{}, err
	}
	text, err := os.ReadFile(absolute)
	if err != nil {
		return Plan{}, err
	}
	return Plan{YAML: string(text), Name: path, BaseURI: FileURI(filepath.Dir(absolute))}, nil
}

// FileURI names a file or folder of the service's own machine, by its absolute path.
func FileURI(path string) string { return (&url.URL{Scheme: "file", Path: path}).String() }

// SubmitOptions says more of a run; all of it may be left out.
type SubmitOptions struct {
	Labels   map[string]string
	Priority int32
	Caller   string
	// RequestID: the same one again answers with the run that it started; empty is a new one.
	RequestID string
}

// Submit puts a plan's run into the queue and answers its id.
func (c *Client) Submit(ctx context.Context, plan Plan, options SubmitOptions) (string, error) {
	if options.RequestID == "" {
		options.RequestID = rand.Text()
	}
	answer, err := c.Controller.SubmitRun(ctx, &controller.SubmitRunRequest{
		PlanYaml:  plan.YAML,
		PlanName:  &plan.Name,
		BaseUri:   plan.BaseURI,
		Labels:    options.Labels,
		Priority:  options.Priority,
		Caller:    options.Caller,
		RequestId: options.RequestID,
	})
	return answer.GetRunId(), err
}

// Get says where a run stands.
func (c *Client) Get(ctx context.Context, runID string) (*controller.Run, error) {
	answer, err := c.Controller.GetRun(ctx, &controller.GetRunRequest{RunId: runID})
	return answer.GetRun(), err
}

// Cancel asks a run to stop after its step, with everything saved.
func (c *Client) Cancel(ctx context.Context, runID string) error {
	_, err := c.Controller.CancelRun(ctx, &controller.CancelRunRequest{RunId: runID})
	return err
}

// Resume puts the run of a folder into the queue again, and answers the step it goes on from.
func (c *Client) Resume(ctx context.Context, runURI string) (uint32, error) {
	answer, err := c.Controller.ResumeRun(ctx, &controller.ResumeRunRequest{RunUri: runURI})
	return answer.GetStep(), err
}

// Runs are the runs that all filters of the request let pass, newest first, page by page as they are asked for.
func (c *Client) Runs(ctx context.Context, filter *controller.ListRunsRequest) iter.Seq2[*controller.Run, error] {
	return func(yield func(*controller.Run, error) bool) {
		request := &controller.ListRunsRequest{
			PageSize: 200, States: filter.GetStates(), Outcomes: filter.GetOutcomes(), Labels: filter.GetLabels(),
		}
		for {
			page, err := c.Controller.ListRuns(ctx, request)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, run := range page.Runs {
				if !yield(run, nil) {
					return
				}
			}
			if request.PageToken = page.NextPageToken; request.PageToken == "" {
				return
			}
		}
	}
}

// Watch is what happens in a run until it ends; the last event is an Ended. Where the connection is lost it goes on after
// the last event that came, if it is back within a minute; where the controller answers as many streams as it may, once
// there is a place. An error is the last thing that comes.
func (c *Client) Watch(ctx context.Context, runID string) iter.Seq2[*controller.WatchRunResponse, error] {
	return func(yield func(*controller.WatchRunResponse, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		tries := attempts{repeatable: true, watches: true, wait: max(c.wait, watchWait)}
		request := &controller.WatchRunRequest{RunId: runID}
		for {
			err := c.watchOnce(ctx, request, func(event *controller.WatchRunResponse) bool {
				tries.restart()
				request.AfterSequence = event.Sequence
				return yield(event, nil)
			})
			if err == nil {
				return
			}
			if err := tries.pause(ctx, asError(err, controller.ControllerService_WatchRun_FullMethodName)); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

func (c *Client) watchOnce(ctx context.Context, request *controller.WatchRunRequest, show func(*controller.WatchRunResponse) bool) error {
	stream, err := c.Controller.WatchRun(ctx, request)
	if err != nil {
		return err
	}
	for {
		event, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !show(event) {
			return nil
		}
	}
}

// Wait waits for the end of a run, and says how it ended.
func (c *Client) Wait(ctx context.Context, runID string) (*controller.Run, error) {
	for event, err := range c.Watch(ctx, runID) {
		if err != nil {
			return nil, err
		}
		if ended := event.GetEnded(); ended != nil {
			return ended.Run, nil
		}
	}
	return c.Get(ctx, runID)
}

// Failure is why a run failed, with the details of a failed call; nil where it did not.
func Failure(run *controller.Run) *Error {
	if run.GetFailure() == nil {
		return nil
	}
	return readStatus(run.Failure)
}

// Verdict is the verdict of a run that is COMPLETED; its reason is NOT_FOUND before.
func (c *Client) Verdict(ctx context.Context, runID string) (*controller.GetVerdictResponse, error) {
	return c.Controller.GetVerdict(ctx, &controller.GetVerdictRequest{RunId: runID})
}

// Artifact writes a file of a run, as `report.html`, to w. Where the connection is lost it goes on after the last byte that
// came, if it is back in time.
func (c *Client) Artifact(ctx context.Context, runID, path string, w io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tries := attempts{repeatable: true, wait: c.wait}
	request := &controller.GetArtifactRequest{RunId: runID, Path: path}
	for {
		var unwritten error
		err := c.artifactOnce(ctx, request, func(chunk []byte) bool {
			tries.restart()
			request.OffsetBytes += uint64(len(chunk))
			_, unwritten = w.Write(chunk)
			return unwritten == nil
		})
		if unwritten != nil {
			return fmt.Errorf("%s: %w", path, unwritten)
		}
		if err == nil {
			return nil
		}
		if err := tries.pause(ctx, asError(err, controller.ControllerService_GetArtifact_FullMethodName)); err != nil {
			return err
		}
	}
}

func (c *Client) artifactOnce(ctx context.Context, request *controller.GetArtifactRequest, take func(chunk []byte) bool) error {
	stream, err := c.Controller.GetArtifact(ctx, request)
	if err != nil {
		return err
	}
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !take(piece.Chunk) {
			return nil
		}
	}
}

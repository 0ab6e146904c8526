package holdfast

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"

	controller "holdfast/clients/go/wire/controller/v1"
	evaluator "holdfast/clients/go/wire/evaluator/v1"
	serving "holdfast/clients/go/wire/serving/v1"
)

// dialServices makes a client of the services that scripts/check-clients.mjs starts.
func dialServices(t *testing.T) (*Client, string) {
	t.Helper()
	folder := os.Getenv("HOLDFAST_TEST_FOLDER")
	if folder == "" {
		t.Skip("needs the services of scripts/check-clients.mjs")
	}
	client, err := Dial(os.Getenv("HOLDFAST_TEST_ADDRESS"), WithTokenFile(filepath.Join(folder, "token")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client, folder
}

func TestARunIsSubmittedWatchedAndRead(t *testing.T) {
	client, folder := dialServices(t)
	plan, err := ReadPlan(filepath.Join(folder, "plan.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	id, err := client.Submit(t.Context(), plan, SubmitOptions{Labels: map[string]string{"by": "go"}})
	if err != nil {
		t.Fatal(err)
	}
	var steps []uint32
	var run *controller.Run
	for event, err := range client.Watch(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		if step := event.GetStepApplied(); step != nil {
			steps = append(steps, step.Step)
		}
		run = event.GetEnded().GetRun()
	}
	if run.GetState() != controller.RunState_RUN_STATE_COMPLETED {
		t.Fatalf("%v: %v", run.GetState(), Failure(run))
	}
	if !slices.Equal(steps, []uint32{0, 1, 2, 3}) {
		t.Errorf("steps %v", steps)
	}
	verdict, err := client.Verdict(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := client.Artifact(t.Context(), id, "verdict.json", &file); err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(file.Bytes()); hex.EncodeToString(sum[:]) != verdict.Sha256 {
		t.Error("the file is not the verdict")
	}
	var found []string
	for run, err := range client.Runs(t.Context(), &controller.ListRunsRequest{Labels: map[string]string{"by": "go"}}) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, run.RunId)
	}
	if !slices.Contains(found, id) {
		t.Errorf("%s is not among %v", id, found)
	}
}

func TestARunIsCancelledAndGoesOn(t *testing.T) {
	client, folder := dialServices(t)
	plan, err := ReadPlan(filepath.Join(folder, "long.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	id, err := client.Submit(t.Context(), plan, SubmitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for event, err := range client.Watch(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		if event.GetStepApplied() != nil {
			break
		}
	}
	if err := client.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	stopped, err := client.Wait(t.Context(), id)
	if err != nil || stopped.State != controller.RunState_RUN_STATE_CANCELLED {
		t.Fatalf("%v, %v", stopped, err)
	}
	step, err := client.Resume(t.Context(), stopped.RunUri)
	if err != nil || step != stopped.Progress.Step {
		t.Fatalf("goes on from %d instead of %d, %v", step, stopped.Progress.Step, err)
	}
	if err := client.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if again, err := client.Wait(t.Context(), id); err != nil || again.State != controller.RunState_RUN_STATE_CANCELLED {
		t.Fatalf("%v, %v", again, err)
	}
}

func TestErrorsHaveTheirDetails(t *testing.T) {
	client, folder := dialServices(t)
	_, err := client.Submit(t.Context(), Plan{YAML: "model: nowhere\n", BaseURI: FileURI(folder)}, SubmitOptions{})
	if failed, ok := err.(*Error); !ok || failed.Reason != "INVALID" || failed.Method != "SubmitRun" || len(failed.Violations) == 0 {
		t.Errorf("%#v", err)
	}
	stranger, err := Dial(os.Getenv("HOLDFAST_TEST_ADDRESS"), WithToken("wrong"))
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	_, err = stranger.Get(t.Context(), "00000000-0000-4000-8000-000000000000")
	if failed, ok := err.(*Error); !ok || failed.Code != codes.Unauthenticated {
		t.Errorf("%#v", err)
	}
	_, err = client.Get(t.Context(), "00000000-0000-4000-8000-000000000000")
	if ReasonOf(err) != "NOT_FOUND" {
		t.Errorf("%v", err)
	}
}

func TestImagesAreEmbeddedAndGated(t *testing.T) {
	client, folder := dialServices(t)
	paths, err := filepath.Glob(filepath.Join(folder, "images/*/*.png"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	images, err := ReadImages(paths...)
	if err != nil {
		t.Fatal(err)
	}
	same := []*serving.Image{images[0], ImageURI(FileURI(paths[0]))}
	found, err := client.Embed(t.Context(), "sign", same, []string{"a photo of a stop sign."})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(found.Images[0], found.Images[1]) {
		t.Error("bytes and URI of a file have other embeddings")
	}
	var square float64
	for _, value := range found.Texts[0] {
		square += float64(value) * float64(value)
	}
	if math.Abs(square-1) > 1e-5 {
		t.Errorf("the squared norm is %v", square)
	}
	labels := make([]string, len(paths))
	for i, path := range paths {
		labels[i] = filepath.Base(filepath.Dir(path))
	}
	by, err := Dial(os.Getenv("HOLDFAST_TEST_EVALUATOR"),
		WithAuthority(filepath.Join(folder, "authority.pem")),
		WithCertificate(filepath.Join(folder, "certificate.pem"), filepath.Join(folder, "key.pem")))
	if err != nil {
		t.Fatal(err)
	}
	defer by.Close()
	verdict, err := client.Gate(t.Context(), "sign", "sign", GateTerms{
		Images: images, Labels: labels, Target: "speed limit 80", Tolerance: 0.5,
		Classes: Classes("a photo of a %s sign.", "speed limit 80", "no passing", "road work"),
	}, by)
	if err != nil {
		t.Fatal(err)
	}
	// A model against itself: nothing flips, and 16 images rule out that half is lost.
	if verdict.Verdict != evaluator.Verdict_VERDICT_RETAINED || len(verdict.Tasks) != 2 {
		t.Errorf("%v", verdict)
	}
}

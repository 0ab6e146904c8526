package holdfast

import (
	"context"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"

	serving "holdfast/clients/go/wire/serving/v1"
)

func TestImagesAreSentInPartsThatFitIntoAMessage(t *testing.T) {
	sizes := func(images []*serving.Image) (parts []int) {
		for part := range splitImages(images) {
			parts = append(parts, len(part))
		}
		return parts
	}
	photograph := ImageFile(make([]byte, 10<<20))
	huge := ImageFile(make([]byte, 40<<20))
	for _, each := range []struct {
		images []*serving.Image
		parts  []int
	}{
		{nil, nil},
		{slices.Repeat([]*serving.Image{ImageURI("file:///a.png")}, 600), []int{256, 256, 88}},
		{slices.Repeat([]*serving.Image{photograph}, 7), []int{3, 3, 1}},
		{[]*serving.Image{photograph, huge, photograph}, []int{1, 1, 1}},
	} {
		if parts := sizes(each.images); !slices.Equal(parts, each.parts) {
			t.Errorf("%d images are in parts of %v, not %v", len(each.images), parts, each.parts)
		}
	}
}

func TestAGateRefusesNamesOfNoClassBeforeItAsksAnything(t *testing.T) {
	client, err := Dial("127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	terms := GateTerms{Images: []*serving.Image{ImageURI("file:///a.png")}, Classes: Classes("a %s", "stop")}
	for _, label := range []string{"yield", "stop"} {
		terms.Labels, terms.Target = []string{label}, "none"
		want := map[string]string{"yield": `"yield"`, "stop": `"none"`}[label]
		if _, err := client.Gate(context.Background(), "old", "new", terms, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the label %s gave %v", label, err)
		}
	}
}

// replaced has a new version of its model for every call that names none.
type replaced struct {
	serving.ServingServiceClient
	asked []string
}

func (r *replaced) Classify(_ context.Context, request *serving.ClassifyRequest, _ ...grpc.CallOption) (*serving.ClassifyResponse, error) {
	r.asked = append(r.asked, request.Model+"@"+request.Version)
	answer := &serving.ClassifyResponse{Model: "sign", Version: request.Version}
	if request.Version == "" {
		answer.Version = strings.Repeat("I", len(r.asked))
	}
	for range request.Images {
		answer.Classifications = append(answer.Classifications, &serving.Classification{Scores: []*serving.Score{{Name: "stop"}}})
	}
	return answer, nil
}

func TestAllPartsAreOfOneVersion(t *testing.T) {
	server := &replaced{}
	client := &Client{Serving: server}
	terms := GateTerms{Images: slices.Repeat([]*serving.Image{ImageURI("file:///a.png")}, 600)}
	found, err := client.predict(t.Context(), "champion", terms, map[string]uint32{"stop": 3})
	if err != nil || len(found) != 600 || found[599] != 3 {
		t.Errorf("%d, %v", len(found), err)
	}
	if !slices.Equal(server.asked, []string{"champion@", "sign@I", "sign@I"}) {
		t.Errorf("asked %v", server.asked)
	}
}

package holdfast

import (
	"context"
	"slices"
	"strings"
	"testing"

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

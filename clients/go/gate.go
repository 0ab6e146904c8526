package holdfast

import (
	"context"
	"fmt"
	"iter"

	"google.golang.org/protobuf/proto"

	evaluator "holdfast/clients/go/wire/evaluator/v1"
	serving "holdfast/clients/go/wire/serving/v1"
)

// GateTerms is what a gate judges by: every class but the target is protected.
type GateTerms struct {
	Images []*serving.Image
	// Labels has the class's name of each image.
	Labels  []string
	Classes []*serving.Class
	Target  string
	// Groups has the group of each image; nil where all are independent.
	Groups    []string
	Tolerance float64
	// Level of the whole claim; 0 is 0.05.
	Level float64
}

// Gate judges a served model against another on labelled images. No ledger counts this judgement; `holdfast gate` does.
// The evaluator may be nil where this client's address serves one.
func (c *Client) Gate(ctx context.Context, reference, candidate string, terms GateTerms, by *Client) (*evaluator.GateResponse, error) {
	if by == nil {
		by = c
	}
	numbers := make(map[string]uint32, len(terms.Classes))
	names := make([]string, len(terms.Classes))
	for i, class := range terms.Classes {
		numbers[class.Name], names[i] = uint32(i), class.Name
	}
	if len(terms.Labels) != len(terms.Images) || (terms.Groups != nil && len(terms.Groups) != len(terms.Images)) {
		return nil, fmt.Errorf("%d images have %d labels and %d groups", len(terms.Images), len(terms.Labels), len(terms.Groups))
	}
	for _, label := range terms.Labels {
		if _, known := numbers[label]; !known {
			return nil, fmt.Errorf("no class is named %q", label)
		}
	}
	if _, known := numbers[terms.Target]; !known && terms.Target != "" {
		return nil, fmt.Errorf("no class is named %q", terms.Target)
	}
	old, err := c.predict(ctx, reference, terms, numbers)
	if err != nil {
		return nil, err
	}
	now, err := c.predict(ctx, candidate, terms, numbers)
	if err != nil {
		return nil, err
	}
	tasks := make([]*evaluator.PairedPredictions, len(names))
	for i, name := range names {
		tasks[i] = &evaluator.PairedPredictions{
			Task: name, Target: name == terms.Target, Classes: names, Tolerance: terms.Tolerance,
		}
	}
	for i, label := range terms.Labels {
		number := numbers[label]
		task := tasks[number]
		task.Labels = append(task.Labels, number)
		task.ReferencePredictions = append(task.ReferencePredictions, old[i])
		task.CandidatePredictions = append(task.CandidatePredictions, now[i])
		if terms.Groups != nil {
			task.Groups = append(task.Groups, terms.Groups[i])
		}
	}
	request := &evaluator.GateRequest{}
	for _, task := range tasks {
		if len(task.Labels) > 0 {
			request.Tasks = append(request.Tasks, task)
		}
	}
	if terms.Level != 0 {
		request.Level = &terms.Level
	}
	return by.Evaluator.Gate(ctx, request)
}

// predict classifies in parts that fit into a message: what is in a request changes no bit of its answer. All of them are
// of one version, whatever is loaded meanwhile.
func (c *Client) predict(ctx context.Context, model string, terms GateTerms, numbers map[string]uint32) ([]uint32, error) {
	var found []uint32
	request := &serving.ClassifyRequest{Model: model, Classes: terms.Classes, Top: proto.Uint32(1)}
	for images := range splitImages(terms.Images) {
		request.Images = images
		answer, err := c.Serving.Classify(ctx, request)
		if err != nil {
			return nil, err
		}
		request.Model, request.Version = answer.Model, answer.Version
		for _, image := range answer.Classifications {
			found = append(found, numbers[image.Scores[0].Name])
		}
	}
	return found, nil
}

const (
	// Half of what the services take.
	partBytesMax  = 32 << 20
	partImagesMax = 256
)

// splitImages gives images in parts of 256 and 32 MiB at most; a larger image is a part of its own.
func splitImages(images []*serving.Image) iter.Seq[[]*serving.Image] {
	return func(yield func([]*serving.Image) bool) {
		start, size := 0, 0
		for i, image := range images {
			next := proto.Size(image)
			if i > start && (i-start == partImagesMax || size+next > partBytesMax) {
				if !yield(images[start:i]) {
					return
				}
				start, size = i, 0
			}
			size += next
		}
		if start < len(images) {
			yield(images[start:])
		}
	}
}

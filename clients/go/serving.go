package holdfast

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"

	encoder "holdfast/clients/go/wire/encoder/v1"
	serving "holdfast/clients/go/wire/serving/v1"
	tensor "holdfast/clients/go/wire/tensor/v1"
)

// Embeddings are L2-normalised, a row for each image and text.
type Embeddings struct {
	Images, Texts  [][]float32
	Model, Version string
}

// ImageFile is an image's bytes, PNG or JPEG.
func ImageFile(data []byte) *serving.Image {
	return &serving.Image{Source: &serving.Image_Data{Data: data}}
}

// ImageURI is an image that the encoder sees itself, by a `file:` URI.
func ImageURI(uri string) *serving.Image {
	return &serving.Image{Source: &serving.Image_Uri{Uri: uri}}
}

// ReadImages reads image files.
func ReadImages(paths ...string) ([]*serving.Image, error) {
	images := make([]*serving.Image, len(paths))
	for i, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		images[i] = ImageFile(data)
	}
	return images, nil
}

// Embed embeds images and texts, at most 1024 of each and 64 MiB.
func (c *Client) Embed(ctx context.Context, model string, images []*serving.Image, texts []string) (*Embeddings, error) {
	request := &serving.EmbedRequest{Model: model, Images: images}
	if len(texts) > 0 {
		request.Texts = &encoder.TextBatch{Texts: texts}
	}
	answer, err := c.Serving.Embed(ctx, request)
	if err != nil {
		return nil, err
	}
	found := &Embeddings{Model: answer.Model, Version: answer.Version}
	if found.Images, err = readRows(answer.ImageEmbeddings); err != nil {
		return nil, err
	}
	if found.Texts, err = readRows(answer.TextEmbeddings); err != nil {
		return nil, err
	}
	return found, nil
}

// Classes are names and their prompts, in order.
func Classes(prompt string, names ...string) []*serving.Class {
	classes := make([]*serving.Class, len(names))
	for i, name := range names {
		classes[i] = &serving.Class{Name: name, Prompts: []string{fmt.Sprintf(prompt, name)}}
	}
	return classes
}

// Classify says what each image shows, the best top classes first; no classes are those that the model was loaded with.
func (c *Client) Classify(ctx context.Context, model string, images []*serving.Image, classes []*serving.Class, top uint32) ([]*serving.Classification, error) {
	answer, err := c.Serving.Classify(ctx, &serving.ClassifyRequest{Model: model, Images: images, Classes: classes, Top: &top})
	return answer.GetClassifications(), err
}

// readRows reads a matrix of float32; none without a tensor.
func readRows(t *tensor.Tensor) ([][]float32, error) {
	if t == nil {
		return nil, nil
	}
	if len(t.Shape) != 2 || t.DataType != tensor.DataType_DATA_TYPE_FLOAT32 ||
		len(t.Data) != 4*int(t.Shape[0])*int(t.Shape[1]) {
		return nil, fmt.Errorf("a matrix of float32 was expected, not %v of %v in %d bytes", t.Shape, t.DataType, len(t.Data))
	}
	rows := make([][]float32, t.Shape[0])
	for i := range rows {
		row := make([]float32, t.Shape[1])
		for j := range row {
			at := 4 * (i*len(row) + j)
			row[j] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[at:]))
		}
		rows[i] = row
	}
	return rows, nil
}

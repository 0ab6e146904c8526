// Says what images show: go run ./examples/classify MODEL "stop,yield" a.png b.jpg
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	holdfast "holdfast/clients/go"
)

func main() {
	client := must(holdfast.Dial(""))
	defer client.Close()
	classes := holdfast.Classes("a photo of a %s sign.", strings.Split(os.Args[2], ",")...)
	images := must(holdfast.ReadImages(os.Args[3:]...))
	for i, shown := range must(client.Classify(context.Background(), os.Args[1], images, classes, 1)) {
		fmt.Printf("%s: %s, %.0f %%\n", os.Args[3+i], shown.Scores[0].Name, 100*shown.Scores[0].Probability)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

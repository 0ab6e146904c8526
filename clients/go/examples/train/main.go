// Trains by a plan and says how it ended: go run ./examples/train plan.yaml
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	holdfast "holdfast/clients/go"
)

func main() {
	ctx := context.Background()
	client := must(holdfast.Dial(""))
	defer client.Close()
	id := must(client.Submit(ctx, must(holdfast.ReadPlan(os.Args[1])), holdfast.SubmitOptions{}))
	run := must(client.Wait(ctx, id))
	if failure := holdfast.Failure(run); failure != nil {
		log.Fatal(failure)
	}
	fmt.Println(run.Outcome, run.GetReason())
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

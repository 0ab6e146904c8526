// Prints how gRPC's client in Go reads errors: one line of JSON for each call. check-errors.mjs calls it.
//
//	go run . ADDRESS TOKEN [METHOD:TEXT ...]
//
// METHOD is a path, TEXT the first field of its request.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

type violation struct {
	Field       string `json:"field"`
	Description string `json:"description"`
}

type readError struct {
	Code       uint32            `json:"code"`
	Message    string            `json:"message"`
	Reason     string            `json:"reason,omitempty"`
	Domain     string            `json:"domain,omitempty"`
	Metadata   map[string]string `json:"metadata,omitempty"`
	RetryMs    int64             `json:"retryMs,omitempty"`
	Violations []violation       `json:"violations,omitempty"`
}

func read(err error) readError {
	status, ok := status.FromError(err)
	if !ok {
		log.Fatalf("%v is no status", err)
	}
	read := readError{Code: uint32(status.Code()), Message: status.Message()}
	for _, detail := range status.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			read.Reason, read.Domain, read.Metadata = detail.Reason, detail.Domain, detail.Metadata
		case *errdetails.RetryInfo:
			read.RetryMs = detail.RetryDelay.AsDuration().Milliseconds()
		case *errdetails.BadRequest:
			for _, v := range detail.FieldViolations {
				read.Violations = append(read.Violations, violation{v.Field, v.Description})
			}
		default:
			log.Fatalf("%T is not expected", detail)
		}
	}
	return read
}

func main() {
	address, token := os.Args[1], os.Args[2]
	channel, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy())
	if err != nil {
		log.Fatal(err)
	}
	for _, call := range os.Args[3:] {
		method, text, _ := strings.Cut(call, ":")
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
		err := channel.Invoke(ctx, method, wrapperspb.String(text), &emptypb.Empty{})
		cancel()
		if err == nil {
			log.Fatalf("%s did not fail", call)
		}
		if err := json.NewEncoder(os.Stdout).Encode(read(err)); err != nil {
			log.Fatal(err)
		}
	}
}

package holdfast

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"

	controller "holdfast/clients/go/wire/controller/v1"
	evaluator "holdfast/clients/go/wire/evaluator/v1"
	serving "holdfast/clients/go/wire/serving/v1"
)

const (
	defaultAddress = "127.0.0.1:50050"
	// As the services take and send.
	messageMax = 64 << 20
)

// Client calls the services at one address: all of them where one process serves all, as `holdfast up` does. It may be used
// by many goroutines. The generated clients are there for what it does not wrap, with the same retries.
type Client struct {
	Controller controller.ControllerServiceClient
	Serving    serving.ServingServiceClient
	Evaluator  evaluator.EvaluatorServiceClient

	conn *grpc.ClientConn
	wait time.Duration
}

type settings struct {
	token, tokenPath                        string
	authorityPath, certificatePath, keyPath string
	insecureBehindMesh                      bool
	wait                                    time.Duration
}

// Option says how to speak to a service. What no option says is what the command line's variables say.
type Option func(*settings)

// WithToken shows a bearer token.
func WithToken(token string) Option { return func(s *settings) { s.token = token } }

// WithTokenFile shows the first line of a file that has anything in it, read for every call; a file without one fails the
// call (HOLDFAST_TOKEN_PATH).
func WithTokenFile(path string) Option { return func(s *settings) { s.tokenPath = path } }

// WithAuthority speaks TLS and trusts an authority, PEM (HOLDFAST_AUTHORITY_PATH).
func WithAuthority(path string) Option { return func(s *settings) { s.authorityPath = path } }

// WithCertificate shows a certificate, PEM (HOLDFAST_CERTIFICATE_PATH, HOLDFAST_PRIVATE_KEY_PATH).
func WithCertificate(path, keyPath string) Option {
	return func(s *settings) { s.certificatePath, s.keyPath = path, keyPath }
}

// InsecureBehindMesh lets plain text leave this machine, where a service mesh encrypts (HOLDFAST_INSECURE_BEHIND_MESH=true).
func InsecureBehindMesh() Option { return func(s *settings) { s.insecureBehindMesh = true } }

// WithWait says how long calls wait for a connection that is lost; by default ten seconds.
func WithWait(wait time.Duration) Option { return func(s *settings) { s.wait = wait } }

// Dial makes a client of the services at `host:port`, or `dns:///name:port`; empty is HOLDFAST_CONTROLLER, else
// 127.0.0.1:50050. It connects with the first call.
func Dial(address string, options ...Option) (*Client, error) {
	s := settings{
		tokenPath:          os.Getenv("HOLDFAST_TOKEN_PATH"),
		authorityPath:      os.Getenv("HOLDFAST_AUTHORITY_PATH"),
		certificatePath:    os.Getenv("HOLDFAST_CERTIFICATE_PATH"),
		keyPath:            os.Getenv("HOLDFAST_PRIVATE_KEY_PATH"),
		insecureBehindMesh: os.Getenv("HOLDFAST_INSECURE_BEHIND_MESH") == "true",
		wait:               10 * time.Second,
	}
	for _, option := range options {
		option(&s)
	}
	if address == "" {
		address = os.Getenv("HOLDFAST_CONTROLLER")
	}
	if address == "" {
		address = defaultAddress
	}
	transport, err := s.transport(address)
	if err != nil {
		return nil, err
	}
	dial := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(messageMax), grpc.MaxCallSendMsgSize(messageMax)),
		grpc.WithChainUnaryInterceptor(repeatUnary(s.wait), s.authorizeUnary),
		grpc.WithChainStreamInterceptor(s.authorizeStream),
		// Calls are repeated here, by what the schema says of each.
		grpc.WithDisableRetry(),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: time.Minute, Timeout: 20 * time.Second}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 200 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: reconnectPause},
			MinConnectTimeout: 5 * time.Second,
		}),
	}
	if !s.hasTLS() {
		// Plain text must reach this machine only, and not by way of a proxy named in the environment.
		dial = append(dial, grpc.WithNoProxy())
	}
	conn, err := grpc.NewClient(address, dial...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	return &Client{
		Controller: controller.NewControllerServiceClient(conn),
		Serving:    serving.NewServingServiceClient(conn),
		Evaluator:  evaluator.NewEvaluatorServiceClient(conn),
		conn:       conn,
		wait:       s.wait,
	}, nil
}

// Close ends the connection, and whatever goes on over it.
func (c *Client) Close() error { return c.conn.Close() }

func (s *settings) hasTLS() bool {
	return s.authorityPath != "" || s.certificatePath != "" || s.keyPath != ""
}

func (s *settings) transport(address string) (credentials.TransportCredentials, error) {
	if !s.hasTLS() {
		if !s.insecureBehindMesh && !isLoopback(address) {
			return nil, fmt.Errorf("%s is another machine: name the authority of its certificate (WithAuthority), or say that a service mesh encrypts (InsecureBehindMesh)", address)
		}
		return insecure.NewCredentials(), nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.authorityPath != "" {
		pem, err := os.ReadFile(s.authorityPath)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no certificate", s.authorityPath)
		}
	}
	if (s.certificatePath == "") != (s.keyPath == "") {
		return nil, errors.New("a certificate and its private key are needed together")
	}
	if s.certificatePath != "" {
		pair, err := tls.LoadX509KeyPair(s.certificatePath, s.keyPath)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return credentials.NewTLS(config), nil
}

func isLoopback(address string) bool {
	address = strings.TrimPrefix(address, "dns:///")
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func (s *settings) authorize(ctx context.Context) (context.Context, error) {
	token := s.token
	if token == "" && s.tokenPath != "" {
		content, err := os.ReadFile(s.tokenPath)
		if err != nil {
			return nil, err
		}
		line, _, _ := strings.Cut(strings.TrimSpace(string(content)), "\n")
		if token = strings.TrimSpace(line); token == "" {
			return nil, fmt.Errorf("%s: the file of the token is empty", s.tokenPath)
		}
	}
	if token == "" {
		return ctx, nil
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token), nil
}

func (s *settings) authorizeUnary(ctx context.Context, path string, request, answer any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	ctx, err := s.authorize(ctx)
	if err != nil {
		return err
	}
	return invoke(ctx, path, request, answer, conn, options...)
}

func (s *settings) authorizeStream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, path string, stream grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx, err := s.authorize(ctx)
	if err != nil {
		return nil, err
	}
	return stream(ctx, desc, conn, path, options...)
}

import type {
  ServerReflectionRequest,
  ServerReflectionResponse,
  ServerReflectionServiceImplementation,
} from '@holdfast/proto/grpc/reflection/v1/reflection';
import { Status } from 'nice-grpc';
import type { Descriptors } from './read-descriptors.js';

type Answer = NonNullable<ServerReflectionResponse['messageResponse']>;

/**
 * The reflection service of a server, for grpcurl, buf curl and their like. v1 and v1alpha have the
 * same messages, so that one implementation serves both.
 */
export function createReflectionService(
  serviceNames: readonly string[],
  descriptors: Descriptors,
): ServerReflectionServiceImplementation {
  return {
    async *serverReflectionInfo(requests) {
      for await (const request of requests) {
        yield {
          validHost: request.host,
          originalRequest: request,
          messageResponse: answer(request, serviceNames, descriptors),
        };
      }
    },
  };
}

function answer(
  { messageRequest }: ServerReflectionRequest,
  serviceNames: readonly string[],
  descriptors: Descriptors,
): Answer {
  switch (messageRequest?.$case) {
    case 'listServices': {
      const service = serviceNames.map((name) => ({ name }));
      return { $case: 'listServicesResponse', value: { service } };
    }
    case 'fileByFilename':
      return answerFiles(descriptors.findFile(messageRequest.value), messageRequest.value);
    case 'fileContainingSymbol':
      return answerFiles(descriptors.findSymbol(messageRequest.value), messageRequest.value);
    case 'fileContainingExtension':
    case 'allExtensionNumbersOfType':
      return refuse(Status.NOT_FOUND, 'the protos of this server have no extensions');
    case undefined:
      return refuse(Status.INVALID_ARGUMENT, 'the request asks for nothing');
  }
}

function answerFiles(fileDescriptorProto: Buffer[] | undefined, name: string): Answer {
  if (fileDescriptorProto === undefined) return refuse(Status.NOT_FOUND, `no '${name}' is here`);
  return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

function refuse(errorCode: Status, errorMessage: string): Answer {
  return { $case: 'errorResponse', value: { errorCode, errorMessage } };
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createFileRegistry, type DescFile, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** The files of the protos, as reflection serves them. */
export interface Descriptors {
  /** The file and everything it imports, serialised, the file first; undefined if there is none. */
  findFile(name: string): Buffer[] | undefined;
  /** As findFile, for the file that declares a service, message, enum or one of their members. */
  findSymbol(fullName: string): Buffer[] | undefined;
  /** Every method of every service, as `package.Service/Method`. */
  listMethods(): string[];
}

/** Reads the descriptor set that `buf build` wrote beside the generated code. */
export function readDescriptors(): Descriptors {
  const path = createRequire(import.meta.url).resolve('@holdfast/proto/descriptors.binpb');
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(path)));
  const files = new Map<string, DescFile>(
    [...registry.files].map((file) => [file.proto.name, file]),
  );
  const serialise = (file: DescFile | undefined) => file && collectImports(file).map(serialiseFile);
  return {
    findFile: (name) => serialise(files.get(name)),
    findSymbol: (fullName) => {
      // A method, field or enum value is declared where its parent is.
      const parent = fullName.slice(0, Math.max(fullName.lastIndexOf('.'), 0));
      return serialise((registry.get(fullName) ?? registry.get(parent))?.file);
    },
    listMethods: () =>
      [...registry.files].flatMap(({ services }) =>
        services.flatMap(({ typeName, methods }) =>
          methods.map(({ name }) => `${typeName}/${name}`),
        ),
      ),
  };
}

function collectImports(file: DescFile, found = new Set<DescFile>()): DescFile[] {
  if (!found.has(file)) {
    found.add(file);
    for (const dependency of file.dependencies) collectImports(dependency, found);
  }
  return [...found];
}

function serialiseFile(file: DescFile): Buffer {
  return Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto));
}

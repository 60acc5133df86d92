// Paths of an installer's options and requests, made absolute by the folder of the options: a program may change its own folder
// between two calls.

import { resolve } from "node:path";

import { withAbsoluteFiles } from "../trust/sources.ts";
import type { ClientCertificateFiles, InstallerOptions } from "../api/options.ts";
import type { BuildAllRequest, BuildRequest } from "../api/requests.ts";

/** A relative `directory` is meant from where the process is when the installer is made. */
export function absoluteOptions(options: InstallerOptions): InstallerOptions {
  const directory = resolve(options.directory);
  const at = (path: string): string => resolve(directory, path);
  const atIfGiven = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : at(path);
  const { trust, network } = options;
  return {
    ...options,
    directory,
    cacheDirectory: at(options.cacheDirectory),
    unpackWorker: atIfGiven(options.unpackWorker),
    linkWorker: atIfGiven(options.linkWorker),
    trust: trust && {
      ...trust,
      trust: trust.trust && { ...trust.trust, value: withAbsoluteFiles(trust.trust.value, at) },
      cert: trust.cert && { ...trust.cert, value: at(trust.cert.value) },
      hosts: trust.hosts?.map((host) => ({
        ...host,
        cert: host.cert && { ...host.cert, value: at(host.cert.value) },
      })),
      addedCas: trust.addedCas?.map((file) => ({ ...file, path: at(file.path) })),
      extraCerts: trust.extraCerts?.map((file) => ({ ...file, path: at(file.path) })),
      hostTrustFile: atIfGiven(trust.hostTrustFile),
    },
    network: network && {
      ...network,
      // A name without a folder is sought in PATH.
      keyringCommand: network.keyringCommand?.replace(/^.*[/\\].*$/s, at),
      clientCertificate: network.clientCertificate && absoluteFiles(network.clientCertificate, at),
      clientCertificates: network.clientCertificates?.map(({ url, files }) => ({
        url,
        files: absoluteFiles(files, at),
      })),
    },
  };
}

function absoluteFiles(files: ClientCertificateFiles, at: (path: string) => string): ClientCertificateFiles {
  return { ...files, cert: at(files.cert), key: files.key === undefined ? undefined : at(files.key) };
}

/** The same for where the files of a download or of wheels go. */
export function inFolder<R extends { readonly folder: string }>(request: R, directory: string): R {
  return { ...request, folder: resolve(directory, request.folder) };
}

/** The same for the folders of a build. */
export function absoluteBuild(request: BuildRequest, directory: string): BuildRequest {
  return { ...inWorkspace(request, directory), directory: resolve(directory, request.directory) };
}

/** The same for those of several. */
export function absoluteBuildAll(request: BuildAllRequest, directory: string): BuildAllRequest {
  const projects = request.projects.map((project) => ({
    ...project,
    directory: resolve(directory, project.directory),
  }));
  return { ...inWorkspace(request, directory), projects };
}

function inWorkspace<R extends Pick<BuildRequest, "folder" | "workspace">>(request: R, directory: string): R {
  const { workspace } = request;
  return {
    ...inFolder(request, directory),
    workspace: workspace === undefined ? undefined : resolve(directory, workspace),
  };
}

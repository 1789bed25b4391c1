// The plugin `pulumi-resource-kubernetes` where the official one can't be downloaded: a stand-in that serves the
// kinds this project uses, on the local platform, as the official provider would. The engine starts it with its
// own address.
import { Server } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { listen } from "../listen";
import { provider } from "./provider";

const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
const engine = process.argv.slice(2).find((argument) => /^[^-].*:\d+$/.test(argument));
server.addService(ResourceProviderService, provider(engine));
void listen(server);

import * as aws from "@pulumi/aws";

export const region: string = aws.Region.EUWest1;

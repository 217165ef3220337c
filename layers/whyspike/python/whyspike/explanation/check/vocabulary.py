"""Plain words, so that whatever is not one is looked up in the evidence (check_words)."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Terms of AWS, billing and the trade that may be written with capitals or digits.
TERMS = _words(
    """
    account actions actor ai alb amazon api apis arn athena aurora aws az azs backup bedrock
    bucket buckets cause cd cdn check ci ci/cd cidr cli cloudformation cloudfront cloudtrail
    cloudwatch config console cost cost-explorer cpu dms dns docker driver dynamodb ebs ec2 ecr
    ecs efs eks elasticache elb emr endpoint endpoints env evidence explorer fargate firehose
    fix flow functions gateway gateways gb gib github gitlab glue gp2 gp3 gpu graviton guardduty
    hdd http https i i/o iam id ids instance instances intelligent-tiering io1 io2 iops ip ips
    jenkins json kb kinesis kms kubernetes lambda likely linux llm log logs mariadb marketplace
    mb mfa ml msk multi-az mysql nat next nlb none note ok on-demand onset opensearch operation
    organization organizations pitr plan plans postgres postgresql ram rds redis redshift region
    regions reservation reserved route s3 sagemaker savings service services ses slack sms
    snapshot snapshots sns spot sql sqs ssd sso standard-ia step sts support tag tags tb team
    terraform tgw tib tls transfer type unknown usage usd utc valkey vcpu vcpus volume volumes
    vpc vpn windows zone zones
"""
)


# What may stand before a verb at the head of a sentence without being somebody's name.
STARTERS = _words(
    """
    a about across add additionally after against all almost also alternatively amount amounts
    an and another any anything apply around as ask at backups based bearing because before
    begins besides between both buckets but buy by bytes calls cap capacity change changes
    charges clusters compare compute concurrency confidence confirm consequently consider
    contact containers conversely cost costs credits daily data databases delete deleting
    deletion deployment deployments despite disable do does duration during each either enable
    errors events every everything excess expire fees few fewer find first fix for four from
    functions further given growth had has have hence here hourly hours how however if images
    impact in increasing inspect instances investigate invocations is it it's its jobs just keep
    keys last later launches less let like likely limit list logs look lower machines main make
    many meanwhile memory messages more most move much near nearly neither network networking
    new no nobody nodes none nor not notably nothing of on once one only or other otherwise our
    over overall owner owners per pods possibly previously prices probably processing put
    quantity queries queues raise rate rates read recreate reduce refunds regional removal
    remove renew requests resources restore restrict retries revert review roles roughly runs
    same scale second see sessions set several shrink since snapshots so some somebody someone
    specifically spend spending start starting still stop storage streams such switch tables
    tasks taxes tell that that's the their then there there's these they third this those three
    throttle through throughput thus tighten timing to today together tokens total traffic turn
    two under undo unlike untagged until up upgrade usage use users verify via volumes we were
    what what's when where whether which while who why with within without yesterday you your
"""
)


# What may follow "by", "user" and the like without being somebody's name.
FOLLOWERS = _words(
    """
    a about account accounts activity actor adding after almost also an and another any anybody
    anyone are as assumed at attached automatic be been before behind both bought but bytes call
    called calls can cause causes change changed changes could created credentials data day days
    default deleted design did disabled do does during each either enabled error event events
    every far for from group groups had hand has have here hour hours human in instance
    instances is it its itself just launched less made may might mistake modified month month's
    more most much must name names nearly no nobody none not now of on one only opened or other
    our over people per put raised ran region regions removed requests restored role roles
    roughly same scaled service services session sessions set several should signed since some
    somebody someone started stopped tag tags team teams that the their them then there these
    they this those three to tokens traffic two type types until up updated us usage usage-type
    user users via volume volumes was week weeks well what when where which while who whom whose
    will with within without
"""
)


# Parts of plain compounds (on-demand, month-end, cross-region).
HYPHENS = _words(
    """
    account all as auto az back backed based best built by cost cost-saving cross customer daily
    data day debug demand down driven earlier early effect egress end existing facing far fill
    first five flat follow following four free full go half heavy high high-traffic high-volume
    hosted hour hourly in in-use ingress inter internal intra known large last last-resort late
    later learning left level like lived long low machine managed mid minute month monthly multi
    never new newly next non of off off-peak old on on-call one one-off only out out-of over
    owned party pay peak peak-hour per per-day point post pre pre-existing price priced rate re
    read real region related reply request restore roll rollout round running same scale scaler
    scaling second self shared short side single six small step sub sudden term third
    third-party three through tier time time-based to traffic transfer trip two type up usage
    used volume week weekly well whole wide wider worst write year you zone
"""
)


# Words that stand in the identity of a CloudTrail record and name nobody.
GENERIC = _words(
    """
    account actor admin arn assumed-role assumedrole aws aws-service awsaccount awsservice
    denied event false federateduser iam iam-role iam-user iamuser identitycenteruser name none
    ok principal role root samluser service session sts true type unknown user webidentityuser
"""
)


# Values that come from AWS's own vocabulary rather than from the evidence: states, statistics,
# dimensions, formats.
AWS_VALUES = _words(
    """
    running pending stopped stopping available in-use completed active inuse true false sum
    average maximum minimum samplecount daily monthly hourly unblendedcost usagequantity
    netamortizedcost amortizedcost blendedcost service usage_type region operation
    linked_account instance_type record_type resource_id dimension tag eventname eventsource
    resourcename resourcetype username eventid readonly accesskeyid text table json yaml self
    count seconds percent bytes none
"""
)

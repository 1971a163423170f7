"""Given names that callers of many origins have: with one of them a bare answer in lower case is known for a name."""

_TEXT = """
aaliyah aaron abby abdul abdullah abigail abraham ada adaeze adam adele aditi aditya adrian adriana agnes ahmad
ahmed aidan aiden aileen aimee aisha aisling ajay akash akiko akira alan alana albert alberto alejandra alejandro
alessandra alessandro alex alexa alexander alexandra alexis alfie alfred alfredo ali alice alicia alina aline alisha
alison alistair aliyah allan allen allison alma alonso alonzo alvaro alvin alyssa amal amanda amara amaya amber
ambrose amelia amelie amina amir amira amit amparo amy ana anais ananya anastasia anatoly anders andre andrea
andreas andreea andres andrew andy aneesa aneeta anette angel angela angelica angelina angelo angie angus anika anil
anita anjali ann anna annabel anne anneke anneliese annette annie annika ansel anthony antoine anton antonella
antonio anusha anwar anya aoife archana archie ariana arianna ariel arjun armand armando arnav arnold art arthur
arturo aryan asha ashley ashok asif astrid audrey aurora austin ava avery axel ayaan ayesha ayumi aziz azizi azra
barbara barney barry bartholomew bashir beata beatrice beatriz becca becky bela belinda ben benedict benita benjamin
bennett benny bernadette bernard bernardo bernd bernice bert berta bertha beth bethany betsy betty beverly bianca
bill billy birgit bjorn björn blake blanca bob bobbi bobby bogdan bonnie boris boyd brad bradley bram brandon branko
breanna brenda brendan brent brett brian briana bridget brigid brigitte britney brittany brooke bruce bruno bryan
bryce bryony caitlin caitlyn caleb callum calvin cameron camila camilla camille candace candice candy cara carl
carla carlo carlos carlotta carly carmen carol carole carolina caroline carolyn carrie carter casey cassandra
cassidy cassie catalina caterina cathal catherine cathy cecilia cedric celeste celia cesar chad chandra chanel
chantal chao charlene charles charlie charlotte chase chelsea chen cheryl chiara chidi chinedu chioma chloe chris
christa christian christina christine christopher christy chuck ciara ciaran cindy claire clara clarence clarice
clarissa claude claudia claudio clay clayton clea cliff clifford clint clive cody colin colleen concepcion connor
conor conrad constance cora corey corinne cormac cosima courtney craig cristian cristina cristobal crystal curtis
cynthia dagmar daisy daiyu dale dalia damian damien damon dan dana daniel daniela daniele danielle danny daphne
darcy daria darius dariusz darla darlene darnell darrell darren darryl dasha dave david davide dawit dawn dean
deandre debbie deborah debra declan deepa deidre deirdre delia della delores delphine demetrius denise dennis denzel
derek derya desmond destiny devin devon dewei dexter dhruv diana diane diego dieter dilip dimitri dina divya dmitri
dmytro dolly dolores dominic dominik dominique don donal donald donna donovan dora doreen doris dorota dorothy doug
douglas drew duane duncan dustin dwayne dwight dylan eamon earl ebenezer ebony ed eddie edgar edith edmund edna
eduardo edward edwin efua eileen ekaterina elaine eleanor elena eleni eli elias elif elijah elin elisa elise
elizabeth elke ella ellen ellie elliot elliott elmer elodie eloise elsa elsie elvira elvis emanuel emeka emile
emilia emilio emily emma emmanuel emre enid enrique enzo ephraim eric erica erich erik erika erin erling ernest
ernesto ernst erwin eshan esme esmeralda esperanza estefania estelle esther ethan ethel eugene eunice eva evan eve
evelina evelyn everett ewa ezekiel ezra fabian fabio faisal faith farah fatima fatma fay faye federica federico
felicia felicity felipe felix ferdinand fergus fernand fernanda fernando fidel filip finn fiona fiorella fletcher
flora florence florian floyd folake fran frances francesca francesco francis francisco francois frank frankie franz
fred freda freddie freddy frederick freya frida friedrich fumiko gabor gabriel gabriela gabriella gabrielle gail
gareth garrett gary gaurav gavin gaye gemma gene genevieve gennady geoff geoffrey georg george georgi georgia
georgina gerald geraldine geraldo gerard gerhard gertrude gianna gideon gilbert giles gillian gina ginger giorgio
giovanni giulia giuseppe gladys glen glenda glenn gloria gonzalo gordon grace gracie graciela graham grainne grant
greer greg gregory greta gretchen grigori guadalupe guido guillermo gunnar gunther gurpreet gus gustavo guy gwen
gwendolyn habib hadiya hailey hakeem hakim haley halima hamish hamza hana hanh hank hannah hans hari harold harpreet
harriet harrison harry haruki harvey haseeb hassan hattie hayden hazel heather hector heidi heinz helen helena helga
helmut henrietta henrik henry herbert herman hermione herschel hideo hien hilary hilda hildegard hiroshi holly hope
horace howard hubert huda hugh hugo humberto huong hussein hyun ian ibrahim ida idris ifeoma ignacio ignatius igor
ikechukwu ilaria ilse imani imelda imogen imran indira ines inga inge ingo ingrid ioana iqbal irene irina iris irma
isaac isabel isabela isabella isabelle isaiah isha ishaan ismael ismail isolde ivan ivana ivo ivy jacek jacinta jack
jackie jackson jacob jacqueline jacques jada jade jae jafar jagdish jaime jake jamal james jamie jamila jana jane
janelle janet janice janina janine janusz jared jasmin jasmine jason jasper javier jawad jay jaya jayden jean
jeanette jeanne jedediah jeff jeffrey jemima jenna jennie jennifer jenny jeremiah jeremy jermaine jerome jerry jerzy
jesse jessica jessie jesus jia jiang jill jillian jim jimmy jin jing jo joachim joan joann joanna joanne joao
joaquim joaquin jodie jody joe joel joelle joey johan johann johannes john johnny jolene jon jonah jonas jonathan
jordan jorge joris jose josef josefina joseph josephine josh joshua jovan joy joyce juan juanita judah judith judy
juergen julia julian juliana julianne julie juliet julio julius jurgen justin kaitlyn kaito kalpana kamal kamala
kareem kareena karen kari karim karima karin karina karl karla karolina kasia katarina kate katelyn katerina
katharina kathe katherine kathleen kathryn kathy katie katja katrina kavita kay kayla kayode keiko keira keisha
keith kelly kelsey ken kendra kenji kenneth kenny kent kerry kerstin kevin khadija khaled khalid khanh kiera kieran
kim kimberly kiran kirk kirsten kit klaus kofi konrad kostas kris krishna krista kristen kristin kristina kristy
krisztina krystal krzysztof kunal kurt kwame kyle kyoko laila lakshmi lamar lana lance larissa larry lars latanya
latisha latoya laura lauren laurence laurie lawrence leah leandra leandro leanne leela leif leigh leila lena lennart
leo leon leona leonard leonardo leonora leopold leroy leslie lester letitia lev levi lewis liam liang lidia
lieselotte liesl lila lillian lily lin lina linda lindsay lindsey ling linh linus lionel lisa lisbeth livia liza
lloyd logan lois lola lorena lorenzo loretta lori lorna lorraine lothar louis louisa louise lourdes luca lucas lucia
lucien lucille lucinda lucio lucy ludmila ludwig luigi luis luisa lukas luke lupe luther lydia lyle lynda lynette
lynn lynne lyudmila mabel mackenzie maddie madeline madison maeve magdalena maggie magnus maha mahmoud maisie
malcolm malik malika mamadou mandy manfred manoj mansoor manuel mara marc marcel marcella marcia marco marcos marcus
marek margaret margarita margot maria mariah mariam marian mariana marianne marie marilyn mario marion marisa
marisol marissa marit marius marjorie mark marlene marlon marsha marshall marta martha martin martina marvin marwan
mary maryam mason mateo mathilde matilda matt matteo matthew matthias maud maureen maurice mavis max maxim maxine
maya mayumi mburu meera megan meghan mehdi mehmet mei meiling mel melanie melinda melisande melissa melvin mercedes
meredith merle mia micah micha michael michaela michal micheal michele michelle michiko miguel mike mikhail miko
milan mildred milena miles millicent milo milos mina mindy minh miranda miriam miroslav miryam mitchell mohamed
mohammad mohammed mohan mohsin moira molly mona monica monika monique morag morgan moses muhammad muriel mustafa
myles myra myrtle nabil nadia nadine nadja naeem nancy nanette naoko naomi nasir nasreen natalia natalie natasha
nathan nathaniel naveen neela neeraj neha neil nelson nestor ngozi nguyen nia niamh nicholas nick nico nicola
nicolas nicole nigel nikhil niki nikita nikolai nikolas nils nina nishant noah noel noelle noemi noor nora norbert
norma norman nuala nuria nwachukwu obinna octavia ofelia oksana ola oleg olena olga olive oliver olivia olivier omar
omari oriana orla orlando osama oscar osman oswald otis ottilie otto owen pablo padraig paige paloma pam pamela
pandora paolina paolo parker parveen pascal pascale pat patel patricia patrick patsy patti patty paul paula paulette
pauline pavel pawel pearl pedro peggy pei penelope penny percy perry pete peter petra phil philip phillip phoebe
phyllis pierre pierrette piotr polly pooja poppy pradeep prakash pranav prem preston priscilla priya qing quentin
quincy rachel radha rafael rafal ragnar raheem rahul raj rajesh rajiv ralph ramesh ramon ramona rana randall randy
rania ranjit raoul raphael raquel rasheed rashid raul ravi ray raymond raymundo rebecca reed reggie regina reginald
reiko reinhard renata rene renee reuben reza rhiannon rhonda rhys ricardo riccardo rich richard rick ricky rina rita
rob robert roberta roberto robin robyn rochelle rocio rodney rodrigo roger rohan roisin roland rolf roman romeo
ronald ronan ronnie rory rosa rosalba rosalie rosalind rosamund rosanna rosario rose roseanne rosemary roshni rosie
ross rowan rowena roxana roxanne roy ruben ruby rudy rufus rukhsana rupert russell ruta ruth ryan sabina sabrina
sachin sadie saeed safiya saira sakura salim sally salma salman salvador sam samantha sameer samir samuel sanaa
sandeep sandra sandrine sandy sanjana sanjay santiago saoirse sara sarah sasha saskia satoshi saul savannah scott
seamus sean sebastian sebastien seema selena selim selma serena serge sergei sergey sergio seth shabnam shalini
shane shanelle shanice shannon shanti sharif sharon shaun shauna sheila shelby sheldon shelley sheri sherman sherry
shilpa shinji shira shirley shiv shivani shoshana shreya shu sibyl sidney siegfried sienna sierra sigrid silas
silvana silvia simeon simon simone sinead siobhan sital sixto sofia sofie solange soledad solomon sonia sophia
sophie soren stacey stacy stan stanley stavros stefan stefania stefano steffi stella stephanie stephen steve steven
stewart stuart sudha sue suki sumita sunil suresh surya susan susana susanna susie suzanne sven svetlana swati sybil
sylvia sze tabitha tadeusz tae taiwo takashi talia tamar tamara tamika tammy tamsin tania tanisha tanya tara tariq
tasha tatiana tatyana taylor ted tendai terence teresa terrance terrell terrence terri terry tessa thandiwe thea
thelma theo theodore theresa thierry thomas thomasina thorsten thuy tiago tiana tibor tiffany tilly tim timothy tina
tito tobias toby todd tom tomas tomasz tommy tomoko toni tony torsten tracey tracie tracy travis trent trevor tricia
trina trinh trish trisha tristan troy tuan tyler tyra tyrone uche uchenna udo ulf ulrich ulrike ulysses uma umar
ursula usha usman uta uwe valentin valentina valeria valerie vanessa vanya vasily veena vera verna vernice vernon
veronica vicente vicki vicky victor victoria vijay vikki vikram viktor viktoria vimal vinay vince vincent vinod
viola violet violetta vipul virginia vittorio vivian viviana vivienne vlad vladimir wade wafa waleed wallace wally
walter wanda warren wayne wei wenceslao wendell wendy wesley whitney wiktor wilbur wilfred wilhelm will willa
william willie wilma wim winifred winnie winston wolfgang wyatt xander xavier xiang xiao ximena xin xiomara yael
yannick yara yasmin yasmine yasser yetunde yoko yolanda yosef yoshi yousaf yousef youssef yuan yuki yulia yuri yusra
yusuf yvette yvon yvonne zachary zack zahra zain zainab zander zara zeinab zeke zelda zena zhang zhen zoe zoey zofia
zoltan zora zuleika zuri
"""
GIVEN = frozenset(_TEXT.split())
